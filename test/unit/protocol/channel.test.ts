import { describe, expect, test } from 'vitest';
import { Channel, type Envelope } from '../../../src/protocol/channel.ts';
import { UserError } from '../../../src/protocol/userError.ts';

interface Kitchen {
  cook(message: { readonly type: 'cook'; readonly dish: string }): string;
  burn(message: { readonly type: 'burn' }): void;
}
interface Guest {
  taste(message: { readonly type: 'taste'; readonly spoonfuls: number }): number;
}

/** Two ends joined by a wire that copies what it carries, as posting does. */
function table() {
  const guest: Channel<Kitchen, Guest> = new Channel<Kitchen, Guest>(
    (envelope) => void kitchen.receive(structuredClone(envelope)),
    { taste: ({ spoonfuls }) => spoonfuls * 2 },
  );
  const kitchen: Channel<Guest, Kitchen> = new Channel<Guest, Kitchen>(
    (envelope) => void guest.receive(structuredClone(envelope)),
    {
      cook: ({ dish }) => Promise.resolve(`hot ${dish}`),
      burn: () => {
        throw new UserError('The stove is off.', { hint: 'Light it.' });
      },
    },
  );
  return { guest, kitchen };
}

describe('a channel', () => {
  test('answers requests in both directions', async () => {
    const { guest, kitchen } = table();
    await expect(guest.request({ type: 'cook', dish: 'soup' })).resolves.toBe('hot soup');
    await expect(kitchen.request({ type: 'taste', spoonfuls: 3 })).resolves.toBe(6);
  });

  test('refuses with the error that the handler threw', async () => {
    const { guest } = table();
    const refusal = guest.request({ type: 'burn' });
    await expect(refusal).rejects.toBeInstanceOf(UserError);
    await expect(refusal).rejects.toMatchObject({
      message: 'The stove is off.',
      details: { hint: 'Light it.' },
    });
  });

  test('refuses a message that nobody handles', async () => {
    const posted: Envelope[] = [];
    const channel = new Channel<Kitchen, Guest>((envelope) => posted.push(envelope), {
      taste: () => 0,
    });
    await channel.receive({ kind: 'request', id: 7, message: { type: 'sing' } });
    expect(posted).toMatchObject([{ kind: 'refusal', id: 7 }]);
  });

  test('matches answers that come out of order', async () => {
    const posted: Envelope[] = [];
    const channel = new Channel<Kitchen, Guest>((envelope) => posted.push(envelope), {
      taste: () => 0,
    });
    const soup = channel.request({ type: 'cook', dish: 'soup' });
    const roast = channel.request({ type: 'cook', dish: 'roast' });
    const [first, second] = posted;
    if (first === undefined || second === undefined) throw new Error('two requests were posted');
    await channel.receive({ kind: 'answer', id: second.id, value: 'roast' });
    await channel.receive({ kind: 'answer', id: first.id, value: 'soup' });
    await expect(Promise.all([soup, roast])).resolves.toEqual(['soup', 'roast']);
  });

  test('rejects what is unanswered when the other end is given up', async () => {
    const channel = new Channel<Kitchen, Guest>(() => undefined, { taste: () => 0 });
    const soup = channel.request({ type: 'cook', dish: 'soup' });
    channel.abandon('The kitchen closed.');
    await expect(soup).rejects.toThrow('The kitchen closed.');
  });
});
