import {linkSync, mkdirSync, symlinkSync} from 'node:fs';
import {compile, type Rig} from './launcher-rig.js';

/** Something that PATH, or CLOUDTM_TERRAFORM, may lead to. The launcher and `locate` are tested with each. */
export interface Layout {
  readonly name: string;
  /** Builds it; `undefined` where this machine cannot. */
  readonly make: (box: Rig) => Made | undefined;
}

export interface Made {
  readonly path: readonly string[];
  /** What CLOUDTM_TERRAFORM names. */
  readonly named?: string;
  readonly fallback?: string;
  /** Programs that run, in order; the last one is the real terraform. Empty: none is found. */
  readonly runs: readonly string[];
  /** Why there is none. */
  readonly reason?: 'named' | 'nowhere' | 'loop';
}

const trace = 'echo "$0" >>"$TRACE"';
const real = `${trace}; echo "real $*"`;
/** As asdf and rbenv do: take the own folder out of PATH, and become the next terraform on it. */
const stripping = `${trace}
rest=; IFS=:; for folder in $PATH; do [ "$folder" = "\${0%/*}" ] || rest=$rest\${rest:+:}$folder; done
PATH=$rest; export PATH; exec terraform "$@"`;
/** As mise does with "system": become the first terraform on PATH, which is us. */
const returning = `${trace}; exec terraform "$@"`;
const compiled = `#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **words) {
  FILE *trace = fopen(getenv("TRACE"), "a");
  fprintf(trace, "%s\\n", words[0]);
  fclose(trace);
  return execvp("terraform", words);
}`;

export const LAYOUTS: readonly Layout[] = [
  {
    name: 'the next terraform on PATH',
    make: (box) => ({path: ['bin', 'real'], runs: [box.script('real/terraform', real)]}),
  },
  {
    name: 'a terraform in front of us',
    make: (box) => ({path: ['real', 'bin'], runs: [box.script('real/terraform', real)]}),
  },
  {
    name: 'a symlink to us, our folder as a symlink, a hard link and a copy of us',
    make: (box) => {
      for (const folder of ['symlink', 'hard']) mkdirSync(box.path(folder));
      symlinkSync(box.launcher, box.path('symlink/terraform'));
      symlinkSync(box.path('bin'), box.path('folder'));
      linkSync(box.launcher, box.path('hard/terraform'));
      box.install('copy/terraform');
      box.write('js/terraform', '#!/usr/bin/env node\n// cloudtm launcher\n', 0o755);
      return {
        path: ['symlink', 'folder', 'bin', 'hard', 'copy', 'js', 'real'],
        runs: [box.script('real/terraform', real)],
      };
    },
  },
  {
    name: 'a shim that takes its own folder out of PATH (asdf)',
    make: (box) => ({
      path: ['bin', 'shims', 'real'],
      runs: [box.script('shims/terraform', stripping), box.script('real/terraform', real)],
    }),
  },
  {
    name: 'a shim that starts the first terraform on PATH (mise, "system")',
    make: (box) => ({
      path: ['bin', 'shims', 'real'],
      runs: [box.script('shims/terraform', returning), box.script('real/terraform', real)],
    }),
  },
  {
    name: 'two managers in a row that both come back',
    make: (box) => ({
      path: ['bin', 'one', 'copy', 'two', 'real'],
      runs: [
        box.script('one/terraform', returning),
        box.script('two/terraform', returning),
        box.script('real/terraform', real),
      ],
    }),
  },
  {
    name: 'a symlink to a program for many names that comes back (mise)',
    make: (box) => {
      box.script('mise/mise', returning);
      mkdirSync(box.path('shims'));
      symlinkSync('../mise/mise', box.path('shims/terraform'));
      return {
        path: ['bin', 'shims', 'real'],
        runs: [box.path('shims/terraform'), box.script('real/terraform', real)],
      };
    },
  },
  {
    name: 'a compiled shim that comes back',
    make: (box) => {
      const shim = compile(box, 'shims/terraform', compiled);
      return shim === undefined
        ? undefined
        : {path: ['bin', 'shims', 'real'], runs: [shim, box.script('real/terraform', real)]};
    },
  },
  {
    name: 'a shim that starts a binary of its own (tfenv)',
    make: (box) => {
      const own = box.script('tfenv/versions/terraform', real);
      box.script('real/terraform', real);
      return {
        path: ['bin', 'tfenv/bin', 'real'],
        runs: [box.script('tfenv/bin/terraform', `${trace}; exec "${own}" "$@"`), own],
      };
    },
  },
  {
    name: 'only a shim that comes back, and the terraform of the installation',
    make: (box) => {
      const fallback = box.script('recorded/terraform', real);
      return {path: ['bin', 'shims'], fallback, runs: [box.script('shims/terraform', returning), fallback]};
    },
  },
  {
    name: 'only a shim that comes back',
    make: (box) => ({
      path: ['bin', 'shims'],
      runs: [box.script('shims/terraform', returning)],
      reason: 'loop',
    }),
  },
  {
    name: 'folders with spaces, line breaks, dashes and stars',
    make: (box) => {
      mkdirSync(box.path('-n'));
      mkdirSync(box.path('a b'));
      return {path: ['bin', '-n', 'a b', 'c\n*'], runs: [box.script('c\n*/terraform', real)]};
    },
  },
  {
    name: 'a folder named terraform, a file that cannot be executed and a dangling symlink',
    make: (box) => {
      mkdirSync(box.path('one/terraform'), {recursive: true});
      box.write('two/terraform', '#!/bin/sh\n');
      mkdirSync(box.path('three'));
      symlinkSync('nowhere', box.path('three/terraform'));
      return {path: ['bin', 'one', 'two', 'three', 'real'], runs: [box.script('real/terraform', real)]};
    },
  },
  {name: 'nothing', make: () => ({path: ['bin', 'empty'], runs: [], reason: 'nowhere'})},
  {
    name: 'nothing but the terraform of the installation',
    make: (box) => {
      const fallback = box.script('recorded/terraform', real);
      return {path: ['bin'], fallback, runs: [fallback]};
    },
  },
  {
    name: 'a terraform of the installation that is gone',
    make: (box) => ({path: ['bin'], fallback: box.path('gone/terraform'), runs: [], reason: 'nowhere'}),
  },
  {
    name: 'CLOUDTM_TERRAFORM',
    make: (box) => {
      box.script('real/terraform', real);
      const named = box.script('other/terraform-1.5', real);
      return {path: ['bin', 'real'], named, runs: [named]};
    },
  },
  {
    name: 'a relative CLOUDTM_TERRAFORM',
    make: (box) => ({path: ['bin'], named: 'mine', runs: [box.script('mine', real)]}),
  },
  {
    name: 'a CLOUDTM_TERRAFORM that is not there',
    make: (box) => {
      box.script('real/terraform', real);
      return {path: ['bin', 'real'], named: box.path('gone'), runs: [], reason: 'named'};
    },
  },
  {
    name: 'a CLOUDTM_TERRAFORM that is a folder',
    make: (box) => ({path: ['bin'], named: box.path('bin'), runs: [], reason: 'named'}),
  },
  {
    name: 'a CLOUDTM_TERRAFORM that is a copy of us',
    make: (box) => ({path: ['bin'], named: box.install('copy/tf'), runs: [], reason: 'named'}),
  },
];
