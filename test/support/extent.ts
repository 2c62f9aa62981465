/** Whether everything is to be tested on the software GPU, which takes many minutes: `npm run test:webgpu`. */
export const EVERYTHING: boolean = process.env.NOVA_TEST_WEBGPU === '1';

/** What the largest sizes of the engines' suite are multiplied with there. */
export const SUITE_SCALE: number = EVERYTHING ? 1 / 16 : 1 / 64;
