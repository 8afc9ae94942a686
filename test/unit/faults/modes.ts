/** `npm run test:faults` looks for faults for as long as it takes to find rare ones. */
export const long = process.env.SPANLINE_TESTS === 'long';

/** Of what is random: tests say it, so that a failure can be had again (`SPANLINE_SEED=…`). */
export const seed = Number(process.env.SPANLINE_SEED ?? Date.now() % 1_000_000);
