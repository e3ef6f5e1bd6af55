import {expect} from 'vitest';

/** Matches an output that contains a text. Typed, unlike vitest's own matcher, so that lint lets it stand in an object. */
export function says(text: string): unknown {
  return expect.stringContaining(text);
}
