// The floors of Karst (ARCHITECTURE.md): imports go down only. `.svelte` files and type-only imports count.
const floors = [
  ['base'],
  ['protocol'],
  ['report', 'datasets', 'metrics', 'collapse', 'projection', 'latent', 'nets', 'losses', 'regularisers', 'tracing'],
  ['models'],
  ['training', 'runs'],
  ['engine'],
  ['node'],
  ['server'],
  ['cli'],
];
// What may be imported across a floor all the same: pure contracts.
const contracts = '^src/(tracing/(program|device|weights|noise|adam-update)|datasets/(dataset|split))\\.ts$';
const ENGINE =
  '^src/(base|protocol|report|datasets|metrics|collapse|projection|latent|nets|losses|regularisers|tracing|models|training|runs|engine)/';

const upward = floors.flatMap((folders, floor) =>
  folders.map((folder) => {
    const above = floors.slice(floor + 1).flat();
    const beside = floor === 2 ? folders.filter((other) => other !== folder) : [];
    return {
      name: `floor-of-${folder}`,
      comment: `src/${folder} stands on floor ${floor}: it may import only floors below it (and, from its own floor, the contracts).`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: `^(electron|renderer|src/(${[...above, ...beside].join('|')}))/`, pathNot: contracts },
    };
  }),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'engine-knows-no-host',
      comment: 'Floors 0 to 5 run anywhere: no Node, no Electron, no native package.',
      severity: 'error',
      from: { path: ENGINE },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-packages',
      comment: 'What each engine floor may use from outside is a short list.',
      severity: 'error',
      from: { path: ENGINE },
      to: { path: 'node_modules', pathNot: 'node_modules/(zod|fflate|hyparquet-writer|@tensorflow/tfjs|@tensorflow/tfjs-core)/' },
    },
    {
      name: 'base-uses-nothing',
      comment: 'Floor 0 stands on nothing.',
      severity: 'error',
      from: { path: '^src/base/' },
      to: { pathNot: '^src/base/' },
    },
    {
      name: 'tfjs-only-where-tensors-live',
      comment: 'Tensors live in nets, losses, regularisers, tracing and models; everything else deals in arrays.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(nets|losses|regularisers|tracing|models|node)/' },
      to: { path: '@tensorflow/' },
    },
    {
      name: 'page-knows-only-the-contract',
      comment: 'The page may import base, protocol and report, nothing else of src.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(electron|src)/', pathNot: '^src/(base|protocol|report)/' },
    },
    {
      name: 'page-knows-no-node',
      comment: 'The page runs in a sandbox.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '^renderer/[^/]*config\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'scene-knows-no-svelte',
      comment: 'renderer/scene is three.js fed with arrays; stores and components stay outside.',
      severity: 'error',
      from: { path: '^renderer/scene/' },
      to: { path: '(\\.svelte(\\.ts)?$|node_modules/svelte/|^renderer/(?!scene/))' },
    },
    {
      name: 'three-only-in-the-scene',
      comment: 'Only renderer/scene knows three.js.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '^renderer/scene/' },
      to: { path: 'node_modules/(three|@types/three)/' },
    },
    {
      name: 'no-circular',
      comment: 'A cycle means two files are one concept, or the concept is cut in the wrong place.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.as\\.ts$' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'svelte', 'types'],
    },
  },
};
