import { drawBars, drawPng } from './png.ts';

/** A ticket to start with. People by the part of their address before the domain, customers by the whole address. */
export interface SeedTicket {
  subject: string;
  type: 'problem' | 'incident' | 'question' | 'task' | null;
  priority: 'urgent' | 'high' | 'normal' | 'low' | null;
  status?: 'open' | 'pending' | 'hold' | 'solved';
  requester: string;
  tags?: string[];
  /** Index of the brand; default the first. */
  brand?: number;
  /** The first is the description. */
  comments: SeedComment[];
}

export interface SeedComment {
  by?: string;
  html: string;
  internal?: boolean;
  files?: { name: string; type: string; bytes: Buffer }[];
}

const chart = { name: 'latency.png', type: 'image/png', bytes: drawBars([0.2, 0.25, 0.22, 0.6, 0.9, 0.95, 0.7, 0.3], [31, 90, 138]) };
const screenshot = {
  name: 'checkout error.png',
  type: 'image/png',
  bytes: drawPng(160, 90, (x, y) => (y < 14 ? [60, 66, 72] : x > 30 && x < 130 && y > 36 && y < 60 ? [200, 60, 55] : [250, 250, 250])),
};
const log = {
  name: 'api-errors.log',
  type: 'text/plain',
  bytes: Buffer.from('2026-11-20T08:14:02Z WARN  retry 1 of 5\n2026-11-20T08:14:09Z ERROR gateway timeout after 30000 ms\n'),
};
const csv = {
  name: 'invoices-2026-11.csv',
  type: 'text/csv',
  bytes: Buffer.from('number,customer,total\n4711,Müller & Söhne,129.90\n4712,"Sato, Kenji",88.00\n'),
};

/** Acme Support: customers writing in. */
export const SUPPORT: SeedTicket[] = [
  {
    subject: 'Checkout fails with "payment could not be verified"',
    type: 'incident',
    priority: 'urgent',
    status: 'open',
    requester: 'grace@northwind.example',
    tags: ['checkout', 'payments'],
    comments: [
      {
        html: '<p>Since this morning our buyers cannot pay. What we see:</p><ol><li>Put anything in the cart</li><li>Choose <strong>credit card</strong></li><li>Press <em>Pay</em>: the red box appears</li></ol><p><img src="{{checkout error.png}}" alt="A red box over the payment form"></p>',
        files: [screenshot],
      },
      { html: '<p>Thank you for the screenshot, Grace. Could you send the log of one failed payment?</p>' },
      { by: 'grace@northwind.example', html: '<p>Here it is.</p>', files: [log] },
      {
        html: "<p>The gateway is timing out: <code>30000 ms</code>. Hand over to engineering, do <strong>not</strong> mention the vendor's name to the customer.</p>",
        internal: true,
      },
    ],
  },
  {
    subject: 'API answers slowly in the European region',
    type: 'problem',
    priority: 'high',
    status: 'hold',
    requester: 'kenji@fabrikam.example',
    tags: ['api', 'performance'],
    comments: [
      {
        html: '<p>Response times doubled on Thursday:</p><table><thead><tr><th>Region</th><th>p50</th><th>p99</th></tr></thead><tbody><tr><td>eu-west</td><td>840 ms</td><td>6.1 s</td></tr><tr><td>us-east</td><td>120 ms</td><td>0.4 s</td></tr></tbody></table><p><img src="{{latency.png}}" alt="Latency by hour"></p>',
        files: [chart],
      },
      {
        by: 'tomas',
        html: '<p>Confirmed on our side. Traces show the <a href="https://status.example.com/eu">regional cache</a> being rebuilt.</p>',
        internal: true,
      },
      {
        by: 'tomas',
        html: '<p>We can reproduce this and are working on it.</p><blockquote><p>Response times doubled on Thursday</p></blockquote><p>Next update within four hours.</p>',
      },
    ],
  },
  {
    subject: 'How do I export all invoices of a month?',
    type: 'question',
    priority: 'low',
    status: 'solved',
    requester: 'grace@northwind.example',
    tags: ['billing', 'how-to'],
    comments: [
      { html: '<p>I only find single invoices. Is there an export?</p>' },
      {
        html: '<p>Yes:</p><ul><li><em>Billing</em> → <em>Invoices</em></li><li>Pick the month</li><li>Press <strong>Export</strong><ul><li>CSV for spreadsheets</li><li>PDF for print</li></ul></li></ul><p>I attached November for you.</p>',
        files: [csv],
      },
      { by: 'grace@northwind.example', html: '<p>Perfect, thank you! 🎉</p>' },
    ],
  },
  {
    subject: 'Prepare sandbox account for Fabrikam training',
    type: 'task',
    priority: 'normal',
    requester: 'nora',
    tags: ['training'],
    comments: [
      { html: '<p>Needed by Monday:</p><ul><li>20 users</li><li>sample orders</li><li>webhook endpoint</li></ul>' },
      { by: 'tomas', html: '<p>Users are there, orders tomorrow.</p>', internal: true },
    ],
  },
  {
    subject: 'لا يمكنني تسجيل الدخول بعد تغيير كلمة المرور',
    type: 'incident',
    priority: 'high',
    status: 'pending',
    requester: 'layla@contoso.example',
    tags: ['login', 'rtl'],
    comments: [
      { html: '<p>مرحبًا، غيّرت كلمة المرور أمس، ومنذ ذلك الحين تظهر لي رسالة <code>invalid_grant</code> عند كل محاولة.</p><p>المتصفح: Firefox 140</p>' },
      { html: '<p>مرحبًا ليلى، هل يمكنك تجربة نافذة خاصة؟</p><p>(Please try a private window.)</p>' },
    ],
  },
  {
    subject: 'Webhook signature does not verify in Python',
    type: 'question',
    priority: 'normal',
    status: 'open',
    requester: 'kenji@fabrikam.example',
    tags: ['api', 'webhooks'],
    comments: [
      {
        html: '<p>My check always fails. The code:</p><pre><code>digest = hmac.new(secret, body, hashlib.sha256)\nif digest.hexdigest() != request.headers["X-Signature"]:\n    raise ValueError("bad signature &amp; no retry")</code></pre><p>What am I missing?</p>',
      },
      {
        by: 'tomas',
        html: '<p>The signature is <strong>base64</strong>, not hex, and covers <code>timestamp + body</code>. Compare with <code>hmac.compare_digest</code>.</p>',
      },
    ],
  },
  {
    subject: 'Emoji in product names break the label printer 🖨️',
    type: 'incident',
    priority: 'normal',
    requester: 'grace@northwind.example',
    tags: ['printing'],
    comments: [{ html: '<p>“Tea 🍵 &amp; Honey 🍯” prints as <code>Tea ?? & Honey ??</code>. Family emoji 👨‍👩‍👧‍👦 stop the printer altogether.</p>' }],
  },
  {
    subject: 'Refund for order 88213 sent twice',
    type: 'incident',
    priority: 'high',
    status: 'open',
    requester: 'layla@contoso.example',
    tags: ['refund', 'payments'],
    comments: [
      { html: '<p>I received the refund of 64.00 twice. Please tell me where to send one back.</p>' },
      { html: '<p>Finance: second refund came from a retry without idempotency key. Do not charge the card, wait for legal.</p>', internal: true },
    ],
  },
  {
    subject: 'Double refunds after gateway timeouts',
    type: 'problem',
    priority: 'urgent',
    status: 'open',
    requester: 'nora',
    tags: ['payments', 'refund'],
    comments: [
      {
        html: '<p>Several customers report refunds sent twice. Same cause suspected as the checkout time-outs.</p><hr><p>Seen so far: <s>2</s> <strong>5</strong> cases.</p>',
      },
    ],
  },
  {
    subject: 'Can two people share one seat?',
    type: 'question',
    priority: null,
    requester: 'kenji@fabrikam.example',
    comments: [{ html: '<p>Day shift and night shift use the same machine. Is one seat enough?</p>' }],
  },
  {
    subject: 'Renew TLS certificate of status page',
    type: 'task',
    priority: 'high',
    status: 'pending',
    requester: 'tomas',
    tags: ['infrastructure'],
    comments: [{ html: '<p>Expires in twelve days. Steps are in the run book, section <em>Certificates</em>.</p>' }],
  },
  {
    subject: 'Feedback on the new dashboard',
    type: null,
    priority: null,
    requester: 'grace@northwind.example',
    tags: ['feedback'],
    comments: [{ html: '<p>Looks great. Two wishes:</p><ol start="1"><li>Remember the filter</li><li>A darker dark mode</li></ol><p>Best,<br>Grace</p>' }],
  },
];

/** Globex: two brands, two tickets of their own. */
export const ENGINEERING: SeedTicket[] = [
  {
    subject: 'Replace cache nodes in eu-west',
    type: 'task',
    priority: 'high',
    status: 'open',
    requester: 'tomas',
    tags: ['cache'],
    comments: [{ html: '<p>Three nodes are out of warranty. Replace one at a time.</p>' }],
  },
  {
    subject: 'Site visit: scanner 12 does not charge',
    type: 'incident',
    priority: 'normal',
    requester: 'kenji@fabrikam.example',
    brand: 1,
    comments: [{ html: '<p>The dock shows a red light. Tried two cables.</p>' }],
  },
];
