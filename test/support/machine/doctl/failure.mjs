/** Something to tell the user. `status` is the program's: 1, or 255 for a command line that cannot be read. */
export class Failure extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}
