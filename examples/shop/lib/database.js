// A stand-in for a SQL database: tables in memory, a little latency, and a span for each statement.
const { setTimeout: sleep } = require('node:timers/promises');
const { SpanKind, trace } = require('@opentelemetry/api');

const tracer = trace.getTracer('shop.database');

const statements = {
  SELECT: /^SELECT \* FROM (?<table>\w+)(?: WHERE (?<column>\w+) = \?)?$/,
  INSERT: /^INSERT INTO (?<table>\w+) \((?<columns>[\w, ]+)\) VALUES \((?:\?, )*\?\)$/,
};

class Database {
  #name;
  #tables;

  /** `tables`: an array of rows for each name. */
  constructor(name, tables) {
    this.#name = name;
    this.#tables = new Map(Object.entries(tables));
  }

  /** `SELECT * FROM t [WHERE c = ?]` gives rows, `INSERT INTO t (a, b) VALUES (?, ?)` gives nothing. */
  async query(text, values = []) {
    const operation = text.split(' ', 1)[0];
    const { table, column, columns } = statements[operation].exec(text).groups;
    const attributes = {
      'db.system.name': 'other_sql',
      'db.namespace': this.#name,
      'db.operation.name': operation,
      'db.collection.name': table,
      'db.query.text': text,
    };
    return tracer.startActiveSpan(
      `${operation} ${table}`,
      { kind: SpanKind.CLIENT, attributes },
      async span => {
        await sleep(1 + Math.random() * 4);
        const rows = this.#tables.get(table);
        const found = column ? rows.filter(row => row[column] === values[0]) : rows;
        if (operation === 'INSERT')
          rows.push(Object.fromEntries(columns.split(', ').map((name, index) => [name, values[index]])));
        else span.setAttribute('db.response.returned_rows', found.length);
        span.end();
        return found;
      },
    );
  }
}

module.exports = { Database };
