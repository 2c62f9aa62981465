/** Shaders are imported as text: `tsdown.config.ts` and `vite.config.ts` see to it. */
declare module '*.wgsl' {
  const code: string;
  export default code;
}
