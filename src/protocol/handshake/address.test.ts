import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntenteError } from '../../core/errors.ts';
import { covers, readAddress, touches, within } from './address.ts';

test.each([
  ['https://acme.example.com', 'https://acme.example.com'],
  [' https://acme.example.com/ ', 'https://acme.example.com'],
  ['acme.example.com', 'https://acme.example.com'],
  ['ACME.Example.com/Agent/tickets/12?x=1#top', 'https://acme.example.com/Agent/tickets/12'],
  ['http://127.0.0.1:4700/globex', 'http://127.0.0.1:4700/globex'],
  ['127.0.0.1:4700/globex', 'http://127.0.0.1:4700/globex'],
  ['localhost:4700', 'http://localhost:4700'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
])('%s is understood as %s', (typed, understood) => {
  expect(readAddress(typed).text).toBe(understood);
});

test.each([
  ['', 'it is empty.'],
  ['acme support', 'it has spaces in it.'],
  ['ftp://acme.example.com', 'it begins with ftp:// instead of https://.'],
  ['acme', 'it has no domain'],
  ['https://', 'it has to look like'],
  ['https://ada:secret@acme.example.com', 'it must not hold a user name'],
  ['javascript:alert(1)', 'it has to look like'],
])('%s is no address, and the message says why', (typed, why) => {
  expect(() => readAddress(typed)).toThrow(expect.objectContaining({ code: 'wrong-address', message: expect.stringContaining(why) }));
});

test('no text makes reading fail in any other way', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), (text) => {
      try {
        readAddress(text);
      } catch (error) {
        expect(error).toBeInstanceOf(EntenteError);
      }
    }),
  );
});

test('an address lies within a tracker whose address begins it, path by path', () => {
  expect(within('https://acme.example.com', 'https://acme.example.com/agent/1')).toBe(0);
  expect(within('https://hub.example/acme', 'https://hub.example/ACME/web')).toBe(5);
  expect(within('https://hub.example/acme', 'https://hub.example/acme-two')).toBeNull();
  expect(within('https://hub.example/acme', 'https://hub.example')).toBeNull();
  expect(within('http://a.example', 'https://a.example/')).toBe(0);
  expect(within('http://a.example:81', 'http://a.example:82')).toBeNull();
  expect(within('no address', 'https://a.example')).toBeNull();
  expect(touches('globex.example', 'https://globex.example/node/globex')).toBe(true);
  expect(touches('https://globex.example/node/globex', 'https://globex.example')).toBe(true);
  expect(covers('https://globex.example/node/globex', 'https://globex.example')).toBe(false);
  expect(covers('globex.example', 'https://globex.example/node')).toBe(true);
  expect(touches('globex.example', 'https://evil-globex.example')).toBe(false);
});
