/** `npm run test:faults` looks for faults for as long as it takes to find rare ones. */
export const long = process.env.SPANLINE_TESTS === 'long';
