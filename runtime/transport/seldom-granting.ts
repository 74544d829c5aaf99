/**
 * yamux as it is, but for one thing: a stream grants its peer more to send once half of its window has
 * come, and not after each piece. A grant is an encrypted write, and wakes the peer to read it: with
 * one for each question and each answer, half of all that went over a line was grants.
 *
 *     window  ████████████████
 *     came    ████████▒          ──▶ grant as much as came
 *
 * Nobody is held up by it: what is granted and not yet used is half a window at least.
 */
import type { StreamMuxerFactory } from '@libp2p/interface';
import { yamux, type YamuxMuxerInit } from '@libp2p/yamux';

type Muxer = ReturnType<ReturnType<ReturnType<typeof yamux>>['createStreamMuxer']>;
type MuxedStream = ReturnType<Muxer['onCreateStream']>;

/** `window`: what one stream may send before it is read, in bytes. */
export function seldomGranting(window: number, init: YamuxMuxerInit): () => StreamMuxerFactory {
  const half = window / 2;
  return () => {
    const factory = yamux(init)();
    const create = factory.createStreamMuxer.bind(factory);
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection);
      const onOurs = muxer.onCreateStream.bind(muxer);
      const onTheirs = muxer.onRemoteStream.bind(muxer);
      muxer.onCreateStream = () => grantSeldom(onOurs(), half);
      muxer.onRemoteStream = (stream) => onTheirs(grantSeldom(stream, half));
      return muxer;
    };
    return factory;
  };
}

function grantSeldom(stream: MuxedStream, half: number): MuxedStream {
  const take = stream.handleData.bind(stream);
  const grant = stream.sendWindowUpdate.bind(stream);
  // The first tells the other that the stream is there, whatever it grants.
  let owed = half;
  stream.handleData = (frame) => {
    owed += frame.header.length;
    take(frame);
  };
  stream.sendWindowUpdate = () => {
    // Nothing is granted while nobody reads; who reads on asks for it again.
    if (owed < half || stream.readStatus === 'paused') return;
    owed = 0;
    grant();
  };
  return stream;
}
