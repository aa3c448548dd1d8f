// Opens and uses official Node clients as told by JSON lines on standard input; answers and the
// messages received leave as JSON lines on standard output. The Java driver speaks the same lines.
// Ends when its input ends, so that it never outlives whoever started it.
'use strict';

const crypto = require('node:crypto');
const readline = require('node:readline');
const {
  Producer,
  PushConsumer,
  SimpleConsumer,
  LitePushConsumerImpl,
  FilterExpression,
  OffsetOption,
  ConsumeResult,
  ConsumeResultSuspend,
} = require('rocketmq-client-nodejs');

const MAX_TEXT_BYTES = 4096;
const write = process.stdout.write.bind(process.stdout);
const clients = new Map();
const received = new Map();
let receivedCount = 0;

const quiet = { info() {}, warn: complain, error: complain, debug() {}, close() {} };

function complain(...words) {
  if (process.env.RIVULET_DRIVER_LOG) {
    console.error(...words);
  }
}

function line(object) {
  write(JSON.stringify(object) + '\n');
}

function alphabet(size) {
  const body = Buffer.alloc(size);
  for (let index = 0; index < size; index++) {
    body[index] = 97 + (index % 26);
  }
  return body;
}

function describe(view) {
  const text = view.body.length <= MAX_TEXT_BYTES ? view.body.toString('utf8') : undefined;
  return {
    id: view.messageId,
    topic: view.topic,
    size: view.body.length,
    body: text,
    md5: crypto.createHash('md5').update(view.body).digest('hex'),
    tag: view.tag || undefined,
    keys: view.keys,
    messageGroup: view.messageGroup || undefined,
    liteTopic: view.liteTopic || undefined,
    priority: view.priority,
    deliverAtMillis: view.deliveryTimestamp && view.deliveryTimestamp.getTime(),
    attempt: view.deliveryAttempt,
    properties: Object.fromEntries(view.properties),
    atMillis: Date.now(),
  };
}

// What the message's properties say: test-fail = fail so many times, test-hold-millis = work so
// long, test-suspend-millis = suspend its lite topic once.
function scriptedListener(consumer) {
  const seen = new Map();
  return {
    async consume(view) {
      const properties = view.properties;
      const hold = Number(properties.get('test-hold-millis') ?? 0);
      if (hold > 0) {
        await new Promise((resolve) => setTimeout(resolve, hold));
      }
      const times = (seen.get(view.messageId) ?? 0) + 1;
      seen.set(view.messageId, times);
      const suspend = Number(properties.get('test-suspend-millis') ?? 0);
      let result = ConsumeResult.SUCCESS;
      if (times <= Number(properties.get('test-fail') ?? 0)) {
        result = ConsumeResult.FAILURE;
      } else if (suspend > 0 && times === 1) {
        result = ConsumeResultSuspend.of(suspend);
      }
      line({ event: 'message', as: consumer, result: String(result.name), message: describe(view) });
      return result;
    },
  };
}

function base(command) {
  return {
    endpoints: command.endpoint,
    sslEnabled: command.tls,
    namespace: '',
    requestTimeout: command.requestTimeoutMillis,
    logger: quiet,
  };
}

function subscriptions(command) {
  return new Map([[command.topic, new FilterExpression(command.filter)]]);
}

function build(command) {
  switch (command.kind) {
    case 'producer':
      return new Producer({ ...base(command), topics: command.topics });
    case 'push':
      return new PushConsumer({
        ...base(command),
        consumerGroup: command.group,
        subscriptions: subscriptions(command),
        messageListener: scriptedListener(command.as),
      });
    case 'simple':
      return new SimpleConsumer({
        ...base(command),
        consumerGroup: command.group,
        subscriptions: subscriptions(command),
        awaitDuration: command.awaitMillis,
      });
    case 'lite':
      return new LitePushConsumerImpl({
        ...base(command),
        consumerGroup: command.group,
        bindTopic: command.topic,
        messageListener: scriptedListener(command.as),
      });
    default:
      throw new Error(`unknown kind of client ${command.kind}`);
  }
}

function message(json) {
  return {
    topic: json.topic,
    body: json.size === undefined ? Buffer.from(json.body) : alphabet(json.size),
    tag: json.tag,
    keys: json.keys,
    messageGroup: json.messageGroup,
    liteTopic: json.liteTopic,
    priority: json.priority,
    deliveryTimestamp: json.deliverAtMillis && new Date(json.deliverAtMillis),
    properties: json.properties && new Map(Object.entries(json.properties)),
  };
}

function offset(json) {
  switch (json.type) {
    case 'last':
      return OffsetOption.LAST_OFFSET;
    case 'min':
      return OffsetOption.MIN_OFFSET;
    case 'max':
      return OffsetOption.MAX_OFFSET;
    case 'at':
      return OffsetOption.ofOffset(json.value);
    case 'tail':
      return OffsetOption.ofTailN(json.value);
    case 'time':
      return OffsetOption.ofTimestamp(json.value);
    default:
      throw new Error(`unknown offset option ${json.type}`);
  }
}

function client(command) {
  const found = clients.get(command.as);
  if (!found) {
    throw new Error(`no client is open as ${command.as}`);
  }
  return found;
}

const commands = {
  async open(command) {
    const opened = build(command);
    await opened.startup();
    clients.set(command.as, opened);
  },
  async close(command) {
    const opened = client(command);
    clients.delete(command.as);
    await opened.shutdown();
  },
  async send(command) {
    const messageIds = [];
    const recallHandles = [];
    for (const json of command.messages) {
      const receipt = await client(command).send(message(json));
      messageIds.push(receipt.messageId);
      recallHandles.push(receipt.recallHandle);
    }
    return { messageIds, recallHandles };
  },
  async recall(command) {
    const receipt = await client(command).recallMessage(command.topic, command.handle);
    return { messageId: receipt.messageId };
  },
  async receive(command) {
    const views = await client(command).receive(command.max, command.invisibleMillis);
    const messages = views.map((view) => {
      receivedCount++;
      received.set(receivedCount, view);
      return { ...describe(view), key: receivedCount };
    });
    return { messages };
  },
  async ack(command) {
    await client(command).ack(received.get(command.key));
  },
  async changeInvisible(command) {
    await client(command).changeInvisibleDuration(received.get(command.key), command.millis);
  },
  async subscribeLite(command) {
    for (const lite of command.liteTopics) {
      if (command.offset) {
        await client(command).subscribeLite(lite, offset(command.offset));
      } else {
        await client(command).subscribeLite(lite);
      }
    }
  },
  async unsubscribeLite(command) {
    for (const lite of command.liteTopics) {
      await client(command).unsubscribeLite(lite);
    }
  },
  async liteTopics(command) {
    return { liteTopics: [...client(command).getLiteTopicSet()] };
  },
};

async function run(command) {
  try {
    const result = await commands[command.do](command);
    line({ n: command.n, ok: true, ...result });
  } catch (error) {
    line({ n: command.n, ok: false, error: `${error.name}: ${error.message} code=${error.code}` });
  }
}

const input = readline.createInterface({ input: process.stdin });
input.on('line', (text) => run(JSON.parse(text)));
input.on('close', () => process.exit(0));
process.on('unhandledRejection', (reason) => complain('unhandled', reason));
