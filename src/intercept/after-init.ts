import {placeOf, type Place} from '../project/place.js';
import {holdsTheSame} from '../capture/suspect.js';
import {hasConfiguration} from '../project/sources.js';
import {lineageOf} from '../state/state.js';
import type {Context} from '../context.js';
import {stateOf} from '../history/version-state.js';
import type {Report} from '../events/run.js';
import {createStore} from '../store/create.js';
import {readManifest} from '../store/manifest.js';
import {currentState} from '../store/read.js';
import {parseArguments} from '../terraform/arguments.js';
import {stateSource} from '../terraform/state-source.js';

/**
 * Make the store once terraform has recorded the backend. Where that is another one than before (`-migrate-state`,
 * `-reconfigure`, another `-backend-config`), look whether the history goes on in it.
 */
export async function afterInit(context: Context, before: Place, report: Report): Promise<void> {
  const place = placeOf({...context, cwd: before.root}, undefined, parseArguments([])) ?? before;
  const {layout, root, backend} = place;
  // Terraform was initialized in the wrong place.
  if (!hasConfiguration(root)) return;
  if (createStore(layout)) {
    report({type: 'store-created', path: layout.store});
    return;
  }
  if (JSON.stringify(backend) === JSON.stringify(before.backend)) return;
  const current = currentState(layout);
  if (current?.lineage === undefined) return;
  const source = stateSource(context, place, {mayBeMissing: true});
  const state = await source.read();
  const isSame = lineageOf(state) === current.lineage || holdsTheSame(stateOf(layout, current.number), state);
  // `.terraform/` was away, as in a fresh clone; or nothing is deployed and nothing is there.
  if (isSame && readManifest(layout, current.number)?.source === source.id) return;
  if (state.kind === 'none' && !current.status) return;
  const found = state.kind === 'some' ? (isSame ? 'same' : 'another') : state.kind;
  report({type: 'backend-changed', name: source.name, version: current.version, found});
}
