import invocationText from '../../../shaders/invocation.wgsl';

/** What is in front of the text of every kernel: the constant WORKGROUP, and where an invocation stands. */
export function kernelHead(workgroup: number): string {
  return `const WORKGROUP = ${workgroup}u;\n${invocationText}`;
}
