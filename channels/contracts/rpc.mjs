// JSON-RPC over HTTP, as much as deploying and testing need: one request or several in one, with a deadline.
const DEADLINE_MS = 30_000;

function resultOf({ result, error }, method) {
  if (error) throw Object.assign(new Error(`${method}: ${error.message}`), { data: error.data });
  if (result === undefined) throw new Error(`${method}: the answer has no result`);
  return result;
}

async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((error) => {
    throw new Error(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${url} answers ${response.status} and no JSON`);
  }
}

export async function rpc(url, method, ...params) {
  return resultOf(await post(url, { jsonrpc: "2.0", id: 1, method, params }), method);
}

/// `calls` are [method, ...params]; the results come in their order.
export async function rpcBatch(url, calls) {
  const answers = await post(url, calls.map(([method, ...params], id) => ({ jsonrpc: "2.0", id, method, params })));
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  return calls.map(([method], id) => resultOf(byId.get(id) ?? {}, method));
}
