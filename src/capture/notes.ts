/**
 * What cloudtm writes into the `note` of a version by itself. The notes are data of the store: once written they stay,
 * whatever later messages say.
 */
export const NOTES = {
  baseline: 'as it was before cloudtm; the configuration is the one found with it',
  errored: 'the state is that of errored.tfstate',
  planned: 'the configuration is the one in the plan; the folder had another',
  found: 'the configuration is the one found when the version was recovered',
  gone: 'the state from before the command, because the state itself was gone',
  damaged: (reason: string) => `the state is damaged: ${reason}`,
  unavailable: (reason: string) => `state: not available (${reason})`,
};

/** All notes that apply, as one. */
export function joinNotes(...notes: readonly (string | false | undefined)[]): string {
  return notes.filter(Boolean).join('; ');
}
