/**
 * The thread that a session's run has to itself: a player, played from outside.
 */
import { expose, releaseProxy, type Endpoint, type Remote } from 'comlink';
import { parentPort, workerData } from 'node:worker_threads';
