/** What a program on Express and undici costs before it does anything: the measure of the start. */
import express from 'express';
import { createServer } from 'node:http';
import { Agent, setGlobalDispatcher } from 'undici';
import { announce } from './announce.ts';

setGlobalDispatcher(new Agent());
const app = express();
app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
announce(createServer(app), 'bare');
