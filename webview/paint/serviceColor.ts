/** Colours contributed as `spanline.service1`…; services beyond take them again from the first. */
const serviceColors = 12;

/** The CSS colour of a service by its place in the head's list, which is the order of first appearance. */
export function serviceColor(index: number): string {
  return `var(--service-${(index % serviceColors) + 1})`;
}
