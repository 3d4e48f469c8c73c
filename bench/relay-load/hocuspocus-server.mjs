/** Hocuspocus as its package ships it, without persistence. */
import { Server } from '@hocuspocus/server';

const server = new Server({ port: Number(process.argv[2]), address: '127.0.0.1', quiet: true, stopOnSignals: false });
await server.listen();
