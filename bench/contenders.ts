import { join } from 'node:path';
import type { ContenderCommand } from './contender.ts';
import type { ContenderFacts } from './measurement.ts';
import type { NetName } from './nets.ts';
import type { OurTraining } from './openTraining.ts';
import type { StockTraining } from './stockProcess.ts';

/** What all contenders of one comparison train. */
export interface Setting {
  readonly net: NetName;
  readonly images: number;
}

/** One of those who are compared. */
export interface ContenderSpec {
  readonly about: ContenderFacts;
  /** How it is started; or why it takes no part in a setting. */
  readonly command: (setting: Setting) => ContenderCommand | string;
}

/** Lists everyone, in the order of the table; `python` has torch, or is a sentence saying why not. */
export function allContenders(python: { readonly file: string } | string): ContenderSpec[] {
  return [...ours(), ...stock(), ...torch(python)];
}

const VARIANTS = [
  { id: 'one', title: '', domains: 1, strategy: 'shared', monitored: false },
  { id: 'two', title: 'two domains', domains: 2, strategy: 'shared', monitored: false },
  {
    id: 'two-monitored',
    title: 'two domains, monitored',
    domains: 2,
    strategy: 'shared',
    monitored: true,
  },
  {
    id: 'two-separate',
    title: 'two domains, separate',
    domains: 2,
    strategy: 'separate',
    monitored: false,
  },
] as const;

const ENGINES = [
  { id: 'wasm-1', title: 'wasm, 1 thread', backend: 'wasm', threads: 1, stock: 'tfjs-wasm' },
  { id: 'wasm-2', title: 'wasm, 2 threads', backend: 'wasm', threads: 2, stock: 'tfjs-wasm' },
  { id: 'native', title: 'native, 2 threads', backend: 'native', threads: 2, stock: 'tfjs-node' },
] as const;

function ours(): ContenderSpec[] {
  return ENGINES.flatMap(({ backend, threads, stock: published, ...engine }) =>
    VARIANTS.map(({ id, title, ...variant }) => ({
      about: {
        id: `${engine.id}/${id}`,
        title: title === '' ? `BN Lens ${engine.title}` : `  ${title}`,
        threads,
        stock: published,
      },
      command: ({ net, images }) => ourProcess({ net, images, ...variant, backend, threads }),
    })),
  );
}

/** A training by the product's own code. */
export function ourProcess(training: OurTraining): ContenderCommand {
  return nodeProcess('oursProcess.js', training);
}

function stock(): ContenderSpec[] {
  const spec = (
    id: string,
    title: string,
    threads: 1 | 2,
    backend: StockTraining['backend'],
  ): ContenderSpec => ({
    about: { id, title, threads },
    command: ({ net, images }) => {
      if (backend === 'cpu' && (images > 32 || net === 'resnet')) {
        return 'takes many seconds a step: measured with batch 32 and not with the ResNet';
      }
      const training: StockTraining = { net, images, backend, threads };
      return nodeProcess('stockProcess.js', training);
    },
  });
  return [
    spec('tfjs-wasm', 'tfjs wasm + composed kernels, model.fit', 1, 'wasm'),
    spec('tfjs-node', 'tfjs-node, model.fit', 2, 'tensorflow'),
    spec('tfjs-cpu', 'tfjs cpu, model.fit', 1, 'cpu'),
  ];
}

const MEMORY_FORMATS = [
  { id: 'default', title: '' },
  { id: 'channels_last', title: ', channels_last' },
] as const;

function torch(python: { readonly file: string } | string): ContenderSpec[] {
  return ([1, 2] as const).flatMap((threads) =>
    MEMORY_FORMATS.map(({ id, title }): ContenderSpec => ({
      about: {
        id: `torch-${threads}/${id}`,
        title: `PyTorch, ${threads} thread${threads > 1 ? 's' : ''}${title}`,
        threads,
      },
      command: ({ net, images }) => {
        if (typeof python === 'string') return python;
        const script = join(__dirname, '../../bench/torchProcess.py');
        return { file: python.file, args: [script, net, String(images), String(threads), id] };
      },
    })),
  );
}

function nodeProcess(program: string, argument: object): ContenderCommand {
  return {
    file: process.execPath,
    args: [join(__dirname, program), JSON.stringify(argument)],
    environment: { TF_CPP_MIN_LOG_LEVEL: '2' },
  };
}
