import { describe, expect, it } from 'vitest';
import { openOutput, type Output } from './output.ts';

/** The events of one answer, each as its type and what else a client takes from it. */
function eventsOf(write: (output: Output) => readonly unknown[]): readonly unknown[] {
  return write(openOutput('x'));
}

describe('the items of an answer', () => {
  it('are a message with one part for text and one for a refusal', () => {
    const events = eventsOf((output) => [
      ...output.text('Hel'),
      ...output.text('lo'),
      ...output.refusal('No.'),
      ...output.close('completed'),
    ]);
    const at = (content_index: number) => ({ item_id: 'msg_x_0', output_index: 0, content_index });
    const text = (content: string) => ({ type: 'output_text', text: content, annotations: [], logprobs: [] });
    const refusal = (content: string) => ({ type: 'refusal', refusal: content });
    const item = (status: string, content: readonly object[]) => ({
      output_index: 0,
      item: { id: 'msg_x_0', type: 'message', status, role: 'assistant', content },
    });
    expect(events).toEqual([
      { type: 'response.output_item.added', ...item('in_progress', []) },
      { type: 'response.content_part.added', ...at(0), part: text('') },
      { type: 'response.output_text.delta', ...at(0), delta: 'Hel', logprobs: [] },
      { type: 'response.output_text.delta', ...at(0), delta: 'lo', logprobs: [] },
      { type: 'response.output_text.done', ...at(0), text: 'Hello', logprobs: [] },
      { type: 'response.content_part.done', ...at(0), part: text('Hello') },
      { type: 'response.content_part.added', ...at(1), part: refusal('') },
      { type: 'response.refusal.delta', ...at(1), delta: 'No.' },
      { type: 'response.refusal.done', ...at(1), refusal: 'No.' },
      { type: 'response.content_part.done', ...at(1), part: refusal('No.') },
      { type: 'response.output_item.done', ...item('completed', [text('Hello'), refusal('No.')]) },
    ]);
  });

  it('are reasoning without summary events where no text came, and its state in the finished item only', () => {
    const events = eventsOf((output) => [...output.endReasoning('secret')]);
    const item = (state: string | null) => ({
      output_index: 0,
      item: { id: 'rs_x_0', type: 'reasoning', summary: [], encrypted_content: state },
    });
    expect(events).toEqual([
      { type: 'response.output_item.added', ...item(null) },
      { type: 'response.output_item.done', ...item('secret') },
    ]);
  });

  it('come one after another, each with an index of its own', () => {
    const output = openOutput('x');
    const events = [
      ...output.reasoning('a'),
      ...output.text('b'),
      ...output.startCall({ callId: 'call_1', name: 'ls' }, 'function'),
      ...output.callInput('{}'),
      ...output.startCall({ callId: 'call_2', name: 'patch', namespace: 'git' }, 'custom'),
      ...output.callInput('*'),
      ...output.close('completed'),
    ];
    const names = events.map(({ type, output_index: index }) => `${String(index)} ${type}`);
    expect(names).toEqual([
      '0 response.output_item.added',
      '0 response.reasoning_summary_part.added',
      '0 response.reasoning_summary_text.delta',
      '0 response.reasoning_summary_text.done',
      '0 response.reasoning_summary_part.done',
      '0 response.output_item.done',
      '1 response.output_item.added',
      '1 response.content_part.added',
      '1 response.output_text.delta',
      '1 response.output_text.done',
      '1 response.content_part.done',
      '1 response.output_item.done',
      '2 response.output_item.added',
      '2 response.function_call_arguments.delta',
      '2 response.function_call_arguments.done',
      '2 response.output_item.done',
      '3 response.output_item.added',
      '3 response.custom_tool_call_input.delta',
      '3 response.custom_tool_call_input.done',
      '3 response.output_item.done',
    ]);
    expect(output.items()).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'a' }], encrypted_content: null },
      { type: 'message', content: [{ text: 'b' }] },
      { type: 'function_call', call_id: 'call_1', name: 'ls', arguments: '{}', status: 'completed' },
      { type: 'custom_tool_call', call_id: 'call_2', namespace: 'git', name: 'patch', input: '*' },
    ]);
  });

  it('list one that is still open as cut off', () => {
    const output = openOutput('x');
    output.text('Hel');
    expect(output.items()).toMatchObject([{ status: 'incomplete', content: [{ text: 'Hel' }] }]);
    output.startCall({ callId: 'call_1', name: 'ls' }, 'function');
    output.callInput('{"a');
    expect(output.items()).toMatchObject([
      { status: 'completed' },
      { status: 'incomplete', arguments: '{"a' },
    ]);
  });
});
