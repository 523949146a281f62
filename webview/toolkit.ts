import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
  type Button,
  type Dropdown,
  type TextField,
} from '@vscode/webview-ui-toolkit';

/** The toolkit's elements that the page uses; everything else of the toolkit stays out. */
declare global {
  interface HTMLElementTagNameMap {
    'vscode-button': Button;
    'vscode-dropdown': Dropdown;
    'vscode-option': HTMLElement & { value: string; selected: boolean };
    'vscode-text-field': TextField;
  }
}

/** Registers the toolkit's custom elements; once, before the page is built. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeTextField(),
  );
}
