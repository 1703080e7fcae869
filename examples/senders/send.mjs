// Sends one purchase with kafkajs (npm install kafkajs), whose default partitioner is Java's since 2.0.
import { Kafka, Partitioners } from "kafkajs";

const [servers, customer] = process.argv.slice(2);
const event = {
  specversion: "1.0",
  type: "purchase.completed",
  source: "till-node",
  id: `receipt-${customer}`,
  time: new Date().toISOString(),
  subject: customer,
  data: { order_id: `order-${customer}`, currency: "CNY", amount: 12990 },
};
const kafka = new Kafka({ clientId: "till-node", brokers: servers.split(",") });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true });
await producer.connect();
const [sent] = await producer.send({
  topic: "loyalty.purchases",
  acks: -1,
  messages: [{ key: customer, value: JSON.stringify(event) }],
});
console.log("partition", sent.partition);
await producer.disconnect();
