/** The part of jasmine-core 3.10 that the suite uses; the package brings no types. */
declare module 'jasmine-core' {
  export interface SpecResult {
    readonly fullName: string;
    readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
    readonly failedExpectations: readonly { readonly message: string }[];
  }

  export interface Reporter {
    specStarted?(result: SpecResult): void;
    specDone?(result: SpecResult): void;
    jasmineDone?(): void;
  }

  export interface Environment {
    configure(options: {
      random: boolean;
      specFilter: (spec: { getFullName(): string }) => boolean;
    }): void;
    addReporter(reporter: Reporter): void;
    execute(): void;
  }

  export interface Jasmine {
    getEnv(): Environment;
  }

  const core: {
    /** Makes an instance and puts its interface, `describe` and the like, on the global object. */
    boot(core: unknown): Jasmine;
  };
  export default core;
}
