import {createColors} from 'picocolors';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** Puts a style on a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  const colours = createColors(colour);
  return (style, text) => colours[style](text);
}
