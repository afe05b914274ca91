//! A language model behind OpenAI's API: chat completions, whole and streamed. It says who asked.

use serde_json::{Value, json};
use vicar_envoy_tests::upstream::{Received, Reply, Upstream};

use crate::{
    tokens::client,
    upstream::{Door, answer, subject},
};

/// Starts it; its base address ends with `/v1/`.
pub(crate) fn start(door: Door) -> Upstream {
    Upstream::answering(move |request| match door.admit(request) {
        Ok(claims) => complete(request, &[client(&claims), "for", subject(&claims)]),
        Err(reply) => reply,
    })
    .unwrap()
}

fn complete(request: &Received, words: &[&str]) -> Reply {
    if (request.method.as_str(), request.target.as_str()) != ("POST", "/v1/chat/completions") {
        return answer(404, &json!({"error": {"message": "there is no such path"}}));
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if body["messages"][0]["content"].as_str().is_none_or(str::is_empty) {
        return answer(400, &json!({"error": {"message": "there is no question"}}));
    }
    if body["stream"] == true { streamed(&body, words) } else { whole(&body, words) }
}

fn whole(body: &Value, words: &[&str]) -> Reply {
    let message = json!({"role": "assistant", "content": words.join(" ")});
    let choice = json!({"index": 0, "finish_reason": "stop", "message": message});
    answer(200, &object(body, "chat.completion", &choice))
}

/// An event a word, each in a piece of its own.
fn streamed(body: &Value, words: &[&str]) -> Reply {
    let event = |choice: &Value| {
        format!("data: {}\n\n", object(body, "chat.completion.chunk", choice)).into_bytes()
    };
    let mut chunks: Vec<Vec<u8>> =
        words.iter().map(|word| event(&json!({"index": 0, "delta": {"content": word}}))).collect();
    chunks.push(event(&json!({"index": 0, "delta": {}, "finish_reason": "stop"})));
    chunks.push(b"data: [DONE]\n\n".to_vec());
    Reply { chunks, ..Reply::ok("text/event-stream", "") }
}

fn object(body: &Value, kind: &str, choice: &Value) -> Value {
    json!({
        "id": "chatcmpl-1", "object": kind, "created": 1_790_000_000,
        "model": body["model"], "choices": [choice],
    })
}
