// The decoder's process: serves its contract to the engine that started it, and ends with it.
import process from 'node:process';
import { createDecoder } from '../engine/decoder.ts';
import { KarstError } from '../base/errors.ts';
import { decoderMethods } from '../protocol/decoder-api.ts';
import { serve } from '../protocol/rpc.ts';
import type { Device } from '../tracing/device.ts';
import { openComputeHost } from './compute-host.ts';
import { openDevice } from './devices/catalogue.ts';
import { parentProcessPort } from './ports.ts';

/** One thread of the processor: decoding is light, and the rest of the machine may be training. */
async function openDecodingDevice(): Promise<Device> {
  try {
    return await openDevice('onnx-cpu', { threads: 1 });
  } catch (thrown) {
    if (!(thrown instanceof KarstError && thrown.code === 'device')) throw thrown;
    return await openDevice();
  }
}

const port = parentProcessPort();
process.on('SIGINT', () => {});
port.onClose(() => process.exit(0));
serve(port, decoderMethods, createDecoder({ ...openComputeHost(process.env['KARST_HOME']), openDevice: openDecodingDevice }).api);
