import type { Settings } from '../config/settings.ts';
import type { GatewaySettings } from '../gateway/gateway.ts';

/** The gateway's own part of the settings. */
export function gatewaySettings({ routing, requestRetry, limits, models }: Settings): GatewaySettings {
  return {
    strategy: routing.strategy,
    affinity: routing.affinity,
    requestRetry,
    requestMs: limits.requestMs,
    firstByteMs: limits.firstByteMs,
    idleMs: limits.idleMs,
    aliases: models.aliases,
    ...(models.default === undefined ? {} : { defaultModel: models.default }),
  };
}
