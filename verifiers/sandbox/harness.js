
;(async () => {
  const fs = require("fs");
  const pack = (value) => {
    if (value === null || value === undefined) return null;
    if (typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number") {
      if (Number.isFinite(value)) return value;
      return { float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
    }
    if (typeof value === "bigint") {
      return { int: (value < 0n ? "-" : "") + "0x" + (value < 0n ? -value : value).toString(16) };
    }
    if (Array.isArray(value)) return Array.from(value, pack);
    if (value instanceof Map) return { dict: Array.from(value, ([key, item]) => [pack(key), pack(item)]) };
    if (value instanceof Set) return { set: Array.from(value, pack) };
    if (typeof value === "object") {
      return { dict: Object.entries(value).map(([key, item]) => [key, pack(item)]) };
    }
    throw new TypeError("a value of type " + typeof value + " cannot be returned");
  };
  const send = (answer) => {
    const text = Buffer.from(JSON.stringify(answer));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(text.length);
    fs.writeSync(3, Buffer.concat([size, text]));
  };
  for (const args of JSON.parse(fs.readFileSync(0, "utf8"))) {
    try {
      send({ value: pack(await ENTRY_POINT(...args)) });
    } catch (error) {
      const kind = String((error && error.name) || "Error");
      send({ raised: [kind], message: String((error && error.message) || error).slice(0, 500) });
    }
  }
  process.exit(0);
})();
