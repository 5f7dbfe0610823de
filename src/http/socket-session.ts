import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { RotaError, type Failure } from '../failure.ts';
import {
  endsTurn,
  errorMessage,
  isAcknowledgement,
  requestHeadersOf,
  streamOf,
  type Marked,
} from '../protocols/openai-responses/connection-message.ts';
import { freshMemory, isRemembered, rememberTurn } from '../protocols/openai-responses/connection-memory.ts';
import { readTurn, type RequestTurn } from '../protocols/openai-responses/connection.ts';
import { openaiResponses } from '../protocols/openai-responses/protocol.ts';
import { failureOf } from './answer.ts';
import { tooLarge } from './body.ts';
import type { Closing, HttpParts } from './parts.ts';
import { makeSocketReply, type Line, type SocketReply } from './socket-reply.ts';

/** Close codes of RFC 6455 §7.4.1. */
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

/** As many as the vendor allows (platform.openai.com/docs/guides/websocket-mode). Those that wait for their turn count. */
const MAX_UNANSWERED = 16;

/** An answer waits for a slow reader; what is told at once, as an error is, piles up. Who asks on without reading is let go. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

export interface SessionParts extends Pick<
  HttpParts,
  'gateway' | 'log' | 'maxBodyBytes' | 'now' | 'newRequestId'
> {
  readonly closing: Closing;
  readonly socket: WebSocket;
  /** What `socket` writes to. */
  readonly wire: Duplex;
  /** The one that asked for the upgrade. */
  readonly request: IncomingMessage;
}

/** One client's connection. */
export interface Session {
  /** For how many messages an answer is under way or waits for its turn. */
  unanswered(): number;
  /** Closes the connection as soon as nothing is under way. */
  finish(): void;
}

/**
 * Turns each message of a client into a request for the gateway, as over HTTP. Answers of one stream of the
 * connection come one after the other; those of different streams side by side.
 */
export function openSession(parts: SessionParts): Session {
  const { closing, gateway, log, socket, wire } = parts;
  const headers = requestHeadersOf(parts.request.headers);
  const lanes = new Map<string | undefined, Promise<void>>();
  const replies = new Set<SocketReply>();
  let waiting: (() => void)[] = [];
  let memory = freshMemory;
  let unanswered = 0;
  let isFinishing = false;

  const line: Line = {
    isOpen: () => socket.readyState === socket.OPEN,
    send(messages) {
      if (!line.isOpen()) return true;
      wire.cork();
      for (const message of messages) socket.send(message);
      wire.uncork();
      return !wire.writableNeedDrain;
    },
    onDrain: (listener) => void waiting.push(listener),
  };

  function tell(failure: Failure, requestId: string, marked: Marked): void {
    log.debug('refused', { request: requestId, reason: failure.kind });
    const { status, headers: own, body } = openaiResponses.encodeFailure(failure, parts.now());
    line.send([errorMessage({ status, headers: { ...own, 'x-request-id': requestId }, body }, marked)]);
  }

  function receive(message: Buffer): void {
    if (wire.writableLength > MAX_UNREAD_BYTES) return socket.close(POLICY_VIOLATION, 'Read what is sent.');
    let marked: Marked = {};
    try {
      marked = streamOf(message);
      if (isAcknowledgement(message)) return;
      if (unanswered >= MAX_UNANSWERED) throw tooMany();
    } catch (error) {
      const requestId = parts.newRequestId();
      return tell(failureOf(parts, error, requestId), requestId, marked);
    }
    const { streamId } = marked;
    unanswered += 1;
    const turn = (lanes.get(streamId) ?? Promise.resolve()).then(() => answer(message, marked));
    const whole = turn.finally(() => {
      unanswered -= 1;
      if (lanes.get(streamId) === whole) lanes.delete(streamId);
      closeIfDone();
    });
    lanes.set(streamId, whole);
  }

  /** Never rejects. */
  async function answer(message: Buffer, marked: Marked): Promise<void> {
    if (!line.isOpen()) return;
    const requestId = parts.newRequestId();
    try {
      if (closing.failure) throw new RotaError(closing.failure);
      const warmUp = { id: requestId.replace(/^req_/, 'resp_'), atS: Math.floor(parts.now() / 1000) };
      const turn = readTurn(memory, message.toString('utf8'), warmUp);
      if (turn.kind === 'request') return await pass(turn, requestId, marked);
      memory = turn.memory;
      line.send(turn.events);
      log.debug('warmed up', { request: requestId });
    } catch (error) {
      tell(failureOf(parts, error, requestId), requestId, marked);
    }
  }

  /** Resolves when the client has the end of the answer: what it goes on from is known then. */
  function pass(turn: RequestTurn, requestId: string, marked: Marked): Promise<void> {
    const body = Buffer.from(turn.body);
    if (body.length > parts.maxBodyBytes()) throw tooLarge(parts.maxBodyBytes());
    return new Promise((resolve, reject) => {
      const kept: string[] = [];
      const reply = makeSocketReply(line, marked, (data) => {
        if (!isRemembered(data)) return;
        kept.push(data);
        if (!endsTurn(data)) return;
        memory = rememberTurn(memory, turn, kept);
        resolve();
      });
      replies.add(reply);
      const address = { rest: '', query: '' };
      gateway
        .handle({ requestId, protocol: openaiResponses, address, headers, body, reply })
        .finally(() => {
          replies.delete(reply);
          closeIfDone();
        })
        .then(resolve, reject);
    });
  }

  function closeIfDone(): void {
    if (isFinishing && unanswered === 0 && replies.size === 0) socket.close(GOING_AWAY, 'Shutting down.');
  }

  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(UNSUPPORTED_DATA, 'Send JSON, as text.');
    else receive(toBuffer(data));
  });
  wire.on('drain', () => {
    const ready = waiting;
    waiting = [];
    for (const listener of ready) listener();
  });
  socket.on('close', () => {
    for (const reply of replies) reply.hangUp();
  });
  return {
    unanswered: () => unanswered,
    finish() {
      isFinishing = true;
      closeIfDone();
    },
  };
}

function toBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function tooMany(): RotaError {
  const message = `More than ${MAX_UNANSWERED} answers are under way on this connection: wait for one, or open another.`;
  return new RotaError({ kind: 'invalid-request', message, code: 'websocket_request_limit_reached' });
}
