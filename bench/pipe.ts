/** The thinnest proxy that Node can be: no check, no look at what passes. Its one argument is the upstream's port. */
import { Agent, createServer, request as connect } from 'node:http';
import { announce } from './announce.ts';

const agent = new Agent({ keepAlive: true, noDelay: true });
const port = Number(process.argv[2]);

announce(
  createServer({ requestTimeout: 0, keepAliveTimeout: 600_000 }, (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const upstream = connect({ host: '127.0.0.1', port, path: url, method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    request.pipe(upstream);
  }),
  'pipe',
);
