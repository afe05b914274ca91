//! One request: the stream context.

mod allow;
mod response;

use vicar_gateway::{Request, Step};
use vicar_token::UnixSeconds;

use crate::{
    filter::Action,
    head::ListedHead,
    host::{Buffer, Fields, LocalReply, ProxyHost, Status},
    keys::Prospect,
    pairs::FieldBlock,
    reason, reply,
    root::{NANOSECONDS, Root},
    route::{Route, RouteError},
    vouched::VouchedDocuments,
};
use response::ResponseStage;

/// One request. Every callback on its way to the upstream answers [`Action::Pause`] unless the
/// stage is [`Stage::Passed`].
#[derive(Debug)]
pub(crate) struct Stream {
    id: u32,
    pub(crate) root: u32,
    stage: Stage,
    body: BodySeen,
    response: ResponseStage,
    /// Time spent on the decision so far, in nanoseconds.
    spent: u64,
    /// The fixed time that a test asked for.
    fixed_clock: Option<UnixSeconds>,
}

#[derive(Debug)]
enum Stage {
    /// Its head has not come yet.
    Fresh,
    /// Being judged: waits for `wait` until a time in nanoseconds.
    Waits { request: Request, route: Route, wait: Wait, until: u64 },
    /// Allowed, and everything that belongs to the allow was done.
    Passed(Request),
    /// Answered by the filter, or stopped.
    Answered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Body,
    Keys,
}

/// What the proxy has buffered of the body.
#[derive(Clone, Copy, Debug, Default)]
struct BodySeen {
    length: usize,
    ended: bool,
}

impl Stream {
    pub(crate) const fn new(id: u32, root: u32) -> Self {
        Self {
            id,
            root,
            stage: Stage::Fresh,
            body: BodySeen { length: 0, ended: false },
            response: ResponseStage::Head,
            spent: 0,
            fixed_clock: None,
        }
    }

    /// The head of the request has come.
    pub(crate) fn request_headers<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        end_of_stream: bool,
    ) -> Action {
        match self.stage {
            Stage::Fresh => {}
            Stage::Passed(_) => return Action::Continue,
            Stage::Waits { .. } | Stage::Answered => return Action::Pause,
        }
        // Whatever goes wrong from here on, the request is not fresh again.
        self.stage = Stage::Answered;
        self.body.ended = end_of_stream;
        if root.service().is_none() {
            root.metrics.count("not_ready", 1);
            reply::refuse(&root.host, &reason::FILTER_NOT_READY);
            return Action::Pause;
        }
        match self.begin(root, end_of_stream) {
            Ok(action) => action,
            Err(RouteError::Proxy(status)) => {
                self.stop(root, &reason::PROXY_FAILED, &status.to_string())
            }
            Err(RouteError::Settings(why)) => self.stop(root, &reason::ROUTE_SETTINGS, &why),
        }
    }

    /// Some of the request's body has come: `length` bytes are buffered by now.
    pub(crate) fn request_body<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        length: usize,
        end_of_stream: bool,
    ) -> Action {
        self.body.length = length;
        self.body.ended |= end_of_stream;
        match &self.stage {
            Stage::Passed(_) => Action::Continue,
            Stage::Waits { wait: Wait::Body, .. } => self.judge_body(root),
            Stage::Waits { wait: Wait::Keys, .. } | Stage::Fresh | Stage::Answered => Action::Pause,
        }
    }

    /// The request ends with trailers: its body is whole.
    pub(crate) fn request_trailers<H: ProxyHost + Clone>(&mut self, root: &mut Root<H>) -> Action {
        self.body.ended = true;
        match &self.stage {
            Stage::Passed(_) => Action::Continue,
            Stage::Waits { wait: Wait::Body, .. } => self.judge_body(root),
            Stage::Waits { wait: Wait::Keys, .. } | Stage::Fresh | Stage::Answered => Action::Pause,
        }
    }

    /// Whether this request waits for anything.
    pub(crate) const fn waits(&self) -> bool {
        matches!(self.stage, Stage::Waits { .. })
    }

    /// Looks whether a wait is over, because keys changed or time ran out. Whether the proxy has
    /// to let the request go on.
    pub(crate) fn wake<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        keys_changed: bool,
        nanoseconds: u64,
    ) -> bool {
        let Stage::Waits { wait, until, .. } = &self.stage else { return false };
        let (wait, late) = (*wait, *until <= nanoseconds);
        if !(late || keys_changed && wait == Wait::Keys) {
            return false;
        }
        let Stage::Waits { mut request, route, until, .. } =
            std::mem::replace(&mut self.stage, Stage::Answered)
        else {
            return false;
        };
        let now = self.now(root, nanoseconds);
        let Some(service) = root.service() else { return false };
        let step = match wait {
            Wait::Keys if late => request.give_up(&mut service.gateway, now),
            Wait::Keys => request.keys_changed(&mut service.gateway, now),
            Wait::Body => {
                let why = if self.body.length == 0 {
                    "no body callback came; does the filter's configuration set \
                     `allow_on_headers_stop_iteration`?"
                } else {
                    "the body is not whole yet"
                };
                root.stopped(&reason::BODY_LATE, why);
                reply::refuse(&root.host, &reason::BODY_LATE);
                return false;
            }
        };
        self.follow(root, request, route, step, Some((wait, until)), now) == Action::Continue
    }

    fn begin<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        end_of_stream: bool,
    ) -> Result<Action, RouteError> {
        let started = root.nanoseconds()?;
        let fields = root.host.fields(Fields::RequestHeaders)?;
        self.strip(root, &fields)?;
        let route = root.routes.current(&root.host)?;
        let vouched = match &root.configuration.jwt_authn {
            Some(place) => VouchedDocuments::read(&root.host, place)?,
            None => None,
        };
        if root.testing().is_some_and(|testing| testing.clock_from_header) {
            self.fixed_clock = fixed_clock(&fields);
        }
        let now = self.now(root, started);
        let head = ListedHead { fields: &fields, end_of_stream, vouched: vouched.as_ref() };
        let Some(service) = root.service() else { return Ok(Action::Pause) };
        let (request, step) = service.gateway.begin(&head, &route.settings, now);
        self.spend(root, started);
        Ok(self.follow(root, request, route, step, None, now))
    }

    /// Removes trust headers that the client sent, before the proxy's route is looked at: they
    /// could have chosen it.
    fn strip<H: ProxyHost + Clone>(
        &self,
        root: &mut Root<H>,
        fields: &FieldBlock,
    ) -> Result<(), Status> {
        let Some(service) = root.service.as_ref() else { return Ok(()) };
        let strip = service.gateway.strip();
        let mut removed: Vec<&[u8]> = Vec::new();
        for (name, _) in fields.iter() {
            if strip.covers(name) && !removed.contains(&name) {
                root.host.remove_field(Fields::RequestHeaders, name)?;
                removed.push(name);
            }
        }
        Ok(())
    }

    /// Judges the body by its length, and by its content once it is whole.
    fn judge_body<H: ProxyHost + Clone>(&mut self, root: &mut Root<H>) -> Action {
        let Stage::Waits { mut request, route, until, .. } =
            std::mem::replace(&mut self.stage, Stage::Answered)
        else {
            return Action::Pause;
        };
        let Ok(started) = root.nanoseconds() else {
            return self.stop(root, &reason::PROXY_FAILED, "no time");
        };
        let now = self.now(root, started);
        let step = match self.body_step(root, &mut request, now) {
            Ok(step) => step,
            Err(status) => return self.stop(root, &reason::PROXY_FAILED, &status.to_string()),
        };
        self.spend(root, started);
        self.follow(root, request, route, step, Some((Wait::Body, until)), now)
    }

    fn body_step<H: ProxyHost + Clone>(
        &self,
        root: &mut Root<H>,
        request: &mut Request,
        now: UnixSeconds,
    ) -> Result<Step, Status> {
        let host = root.host.clone();
        let Some(service) = root.service() else { return Err(Status::NotFound) };
        let step = request.body_length(&mut service.gateway, self.body.length, now);
        let Step::NeedBody { limit } = step else { return Ok(step) };
        if !self.body.ended {
            return Ok(Step::NeedBody { limit });
        }
        let body = if self.body.length == 0 {
            Vec::new()
        } else {
            host.buffer(Buffer::RequestBody, limit.saturating_add(1))?
        };
        // A part of what is about to go upstream must not be judged for the whole.
        if body.len() != self.body.length {
            return Err(Status::ParseFailure);
        }
        Ok(request.body(&mut service.gateway, &body, true, now))
    }

    /// Does what the gateway says; `before` is what it waited for, and until when.
    fn follow<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        mut request: Request,
        route: Route,
        mut step: Step,
        before: Option<(Wait, u64)>,
        now: UnixSeconds,
    ) -> Action {
        for _ in 0..MOST_STEPS {
            step = match step {
                Step::Allow(allow) => return self.allow(root, request, &route, *allow),
                Step::Deny(deny) => return self.deny(root, *deny),
                Step::Serve(answer) => {
                    self.stage = Stage::Answered;
                    send_answer(&root.host, &answer);
                    return Action::Pause;
                }
                Step::NeedBody { .. } if self.body.ended => {
                    match self.body_step(root, &mut request, now) {
                        Ok(step) => step,
                        Err(status) => {
                            return self.stop(root, &reason::PROXY_FAILED, &status.to_string());
                        }
                    }
                }
                Step::NeedBody { .. } => {
                    let wait = root.configuration.body_wait_seconds;
                    return self.wait(root, request, route, Wait::Body, (before, wait));
                }
                Step::NeedKeys(needed) => {
                    let prospect = root.seek_key(self.id, &needed.issuer, needed.key_id.as_deref());
                    let gateway = match root.service() {
                        Some(service) => &mut service.gateway,
                        None => return self.stop(root, &reason::FILTER_NOT_READY, "no bundle"),
                    };
                    match prospect {
                        Prospect::Retry => request.keys_changed(gateway, now),
                        Prospect::None => request.give_up(gateway, now),
                        Prospect::Wait => {
                            let wait = root.configuration.key_wait_seconds;
                            return self.wait(root, request, route, Wait::Keys, (before, wait));
                        }
                    }
                }
                // Never given to a request that is being judged; nothing passes by it.
                Step::Hold | Step::Pass => {
                    return self.stop(root, &reason::PROXY_FAILED, "out of turn");
                }
            };
        }
        self.stop(root, &reason::PROXY_FAILED, "no end of steps")
    }

    /// Waits for something, to a deadline: the one before, when it waited for the same already.
    fn wait<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        request: Request,
        route: Route,
        wait: Wait,
        (before, seconds): (Option<(Wait, u64)>, u32),
    ) -> Action {
        let until = match (before, root.nanoseconds()) {
            (Some((same, until)), _) if same == wait => until,
            (_, Ok(now)) => now.saturating_add(u64::from(seconds).saturating_mul(NANOSECONDS)),
            (_, Err(_)) => return self.stop(root, &reason::PROXY_FAILED, "no time"),
        };
        self.stage = Stage::Waits { request, route, wait, until };
        Action::Pause
    }

    /// Stops the request for a reason of the filter's own.
    fn stop<H: ProxyHost + Clone>(
        &mut self,
        root: &mut Root<H>,
        reason: &'static vicar_token::Reason,
        why: &str,
    ) -> Action {
        self.stage = Stage::Answered;
        root.stopped(reason, why);
        reply::refuse(&root.host, reason);
        Action::Pause
    }

    fn now<H: ProxyHost + Clone>(&self, root: &Root<H>, nanoseconds: u64) -> UnixSeconds {
        self.fixed_clock.unwrap_or_else(|| root.judged_at(nanoseconds))
    }

    fn spend<H: ProxyHost + Clone>(&mut self, root: &Root<H>, started: u64) {
        let ended = root.nanoseconds().unwrap_or(started);
        self.spent = self.spent.saturating_add(ended.saturating_sub(started));
    }
}

fn send_answer(host: &impl ProxyHost, answer: &vicar_gateway::Answer) {
    let headers: Vec<(&str, &str)> =
        answer.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (status, details, body) = (answer.status, answer.details.as_str(), answer.body.as_bytes());
    reply::send(host, &LocalReply { status, details, headers: &headers, body });
}

/// `x-unsafe-clock`, in tests.
fn fixed_clock(fields: &FieldBlock) -> Option<UnixSeconds> {
    let (_, value) = fields.iter().find(|(name, _)| *name == b"x-unsafe-clock")?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// More steps than any request takes within one callback.
const MOST_STEPS: usize = 8;
