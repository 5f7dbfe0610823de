import type { Settings } from '../config/settings.ts';
import type { GatewaySettings } from '../gateway/gateway.ts';

/** The gateway's own part of the settings. */
export function gatewaySettings({ routing, requestRetry, limits, models }: Settings): GatewaySettings {
  const { strategy, leaveAtPercent, maxQueued } = routing;
  return {
    rotation: { strategy, requestRetry, leaveAt: leaveAtPercent / 100, maxQueued },
    affinity: routing.affinity,
    holdMs: routing.holdMs,
    requestMs: limits.requestMs,
    firstByteMs: limits.firstByteMs,
    idleMs: limits.idleMs,
    keepAliveMs: limits.keepAliveMs,
    aliases: models.aliases,
    fallbacks: models.fallbacks,
    ...(models.default === undefined ? {} : { defaultModel: models.default }),
  };
}
