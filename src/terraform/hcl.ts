/** The structure of a text in terraform's language: what is set where, not what it evaluates to. */
export interface Body {
  /** What stands behind the `=` of each attribute, without comments. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
}

const CLOSER: Readonly<Record<string, string>> = {'(': ')', '[': ']', '{': '}'};
const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;

/**
 * Read the structure of HCL's native syntax (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md): comments,
 * strings with templates in them, heredocs and brackets are stepped over as HCL's own scanner does.
 *
 * @throws SyntaxError when the text is no HCL, and where this reader would have to guess.
 */
export function readHcl(text: string): Body {
  return new Reader(text.replace(/^\uFEFF/, '')).body(undefined);
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  body(closer: '}' | undefined): Body {
    const attributes = new Map<string, string>();
    const blocks: Block[] = [];
    for (;;) {
      while (this.take(/[ \t\r\n]+/y) !== undefined || this.comment());
      if (this.at === this.text.length && closer === undefined) return {attributes, blocks};
      if (closer !== undefined && this.take(/\}/y) !== undefined) return {attributes, blocks};
      const name = this.need(IDENTIFIER);
      this.blanks();
      if (this.take(/=(?![=>])/y) === undefined) blocks.push(this.block(name));
      else {
        const source = this.expression(undefined).trim();
        if (source === '' || attributes.has(name)) throw this.doubt();
        attributes.set(name, source);
      }
    }
  }

  private block(type: string): Block {
    const labels: string[] = [];
    while (this.take(/\{/y) === undefined) {
      // A label with an escape or a template in it is no name terraform takes.
      const quoted = this.take(/"[^"\\$%\n]*"/y);
      labels.push(quoted === undefined ? this.need(IDENTIFIER) : quoted.slice(1, -1));
      this.blanks();
    }
    return {type, labels, body: this.body('}')};
  }

  /** Up to the end of the line or the block; with a closer up to that and with it. */
  private expression(closer: '}' | undefined): string {
    const open: string[] = closer === undefined ? [] : [closer];
    let source = '';
    for (;;) {
      source += this.take(/[^\n"<=#/()[\]{}]+/y) ?? '';
      const char = this.text[this.at];
      if (open.length === 0 && (char === undefined || char === '\n' || char === '}')) return source;
      if (char === undefined) throw this.doubt();
      // A lone `=` outside of brackets belongs to a second argument on the same line, which HCL refuses.
      if (open.length === 0 && this.take(/(?<![!<=>])=(?!=)/y) !== undefined) throw this.doubt();
      if (this.comment()) source += ' ';
      else if (char === '"') source += this.quoted();
      else if (this.text.startsWith('<<', this.at)) source += this.heredoc();
      else {
        this.at += 1;
        source += char;
        const wanted = CLOSER[char];
        if (wanted !== undefined) open.push(wanted);
        else if (/[)\]}]/.test(char)) {
          if (open.pop() !== char) throw this.doubt();
          if (closer !== undefined && open.length === 0) return source;
        }
      }
    }
  }

  private quoted(): string {
    let source = this.need(/"/y);
    for (;;) {
      source += this.take(/(?:[^"\\$%\n]|\\[^\n])+/y) ?? '';
      if (this.take(/"/y) !== undefined) return `${source}"`;
      source += this.template();
    }
  }

  /** The closing word stands alone in its line, blanks aside, and a line end follows it. Behind a template it closes nothing. */
  private heredoc(): string {
    const intro = this.need(/<<-?[\p{ID_Start}_][\p{ID_Continue}-]*\r?\n/uy);
    const word = intro.replace(/^<<-?/, '').trim();
    for (let source = intro; ; source += '\n') {
      const line = this.take(/[^\n]*/y) ?? '';
      if (line.trim() === word && this.text[this.at] === '\n') return source + line;
      this.at -= line.length;
      for (;;) {
        source += this.take(/[^$%\n]+/y) ?? '';
        if (this.take(/\n/y) !== undefined) break;
        source += this.template();
      }
    }
  }

  /** A `${…}` or `%{…}`, or such characters that begin none: `$5`, `$${`. */
  private template(): string {
    const begin = this.need(/([$%])\1*\{?/y);
    if (!begin.endsWith('{') || begin.length === 3) return begin;
    // Where three stand before the brace, what that means depends on the version of HCL.
    if (begin.length > 3) throw this.doubt();
    return begin + this.expression('}');
  }

  private blanks(): void {
    while (this.take(/[ \t]+|\/\*[^]*?\*\//y) !== undefined);
  }

  private comment(): boolean {
    if (this.take(/(?:#|\/\/)[^\n]*|\/\*[^]*?\*\//y) !== undefined) return true;
    if (this.text.startsWith('/*', this.at)) throw this.doubt();
    return false;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private need(pattern: RegExp): string {
    const found = this.take(pattern);
    if (found === undefined) throw this.doubt();
    return found;
  }

  private doubt(): SyntaxError {
    return new SyntaxError(`not understood at line ${this.text.slice(0, this.at).split('\n').length}`);
  }
}
