import { Channel, type Envelope, type Handlers } from '../src/protocol/channel.ts';
import type { PanelHost, PanelPage, PanelState } from '../src/protocol/panel.ts';

interface VsCodeApi {
  postMessage(message: Envelope): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension host as the page sees it: it answers requests and keeps the page's state. */
export class Host {
  readonly #api = acquireVsCodeApi();
  readonly #channel: Channel<PanelHost, PanelPage>;
  #state: PanelState;

  /** `directory` is the run that the page was made for. */
  constructor(directory: string, handlers: Handlers<PanelPage>) {
    this.#channel = new Channel<PanelHost, PanelPage>((envelope) => {
      this.#api.postMessage(envelope);
    }, handlers);
    window.addEventListener('message', ({ data }: MessageEvent<Envelope>) => {
      void this.#channel.receive(data);
    });
    const kept = this.#api.getState();
    this.#state = kept?.directory === directory ? kept : { directory, tables: [] };
    this.#api.setState(this.#state);
  }

  readonly request: Channel<PanelHost, PanelPage>['request'] = (message) =>
    this.#channel.request(message);

  get state(): PanelState {
    return this.#state;
  }

  /** Keeps a change of the page's state over reloads of the window. */
  keep(change: Partial<PanelState>): void {
    this.#state = { ...this.#state, ...change };
    this.#api.setState(this.#state);
  }
}
