//! A headless Chromium that opens a page and tells what happened there: the `DevTools` protocol over
//! two pipes, a JSON message and a zero byte after each.

use anyhow::{Context, bail, ensure};
use local::layout::project_root;
use local::opensearch::OpenSearch;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const ANSWER_WITHIN: Duration = Duration::from_mins(2);

/// A page in a browser of its own, which ends with it.
pub struct Page {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: Value,
    sent: u64,
    /// What the page did, as the browser told it: events of the protocol in their order.
    pub events: Vec<Value>,
    _profile: TempDir,
}

/// The browser that set-up has found; nothing, and a word on standard error, where a test is skipped.
///
/// # Panics
/// Where `CI` is set and there is none.
#[must_use]
pub fn browser(test: &str) -> Option<PathBuf> {
    let home = project_root().join("target/local/browser");
    let read = |name: &str| fs::read_to_string(home.join(name));
    if let Ok(path) = read("PATH") {
        return Some(PathBuf::from(path.trim_end()));
    }
    let why = read("UNAVAILABLE").unwrap_or_else(|_| "`make setup-browser` finds one".to_owned());
    assert!(!OpenSearch::is_required(), "{test} needs a browser: {why}");
    let _ = writeln!(io::stderr(), "SKIPPED {test}: {}", why.trim_end());
    None
}

impl Page {
    /// Opens the file and waits until it is loaded.
    ///
    /// # Errors
    /// When the browser doesn't start, or not open it in time.
    pub fn open(browser: &Path, file: &Path) -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut child = Command::new("sh")
            // It reads commands from 3 and answers on 4.
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 1>/dev/null 2>&1"#])
            .arg(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
            ])
            .args([
                "--window-size=1500,1000",
                "--no-first-run",
                "--disable-component-update",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start the browser")?;
        let commands = child.stdin.take().context("no pipe to the browser")?;
        let answers = child.stdout.take().context("no pipe from the browser")?;
        let mut page = Self {
            child,
            commands,
            messages: messages(BufReader::new(answers)),
            session: Value::Null,
            sent: 0,
            events: Vec::new(),
            _profile: profile,
        };
        page.attach()?;
        for domain in ["Runtime", "Log", "Network", "Page"] {
            page.call(&format!("{domain}.enable"), &json!({}))?;
        }
        let url = format!("file://{}", file.display());
        page.call("Page.navigate", &json!({"url": url}))?;
        while page.of("Page.loadEventFired").next().is_none() {
            let event = page.message()?;
            page.events.push(event);
        }
        Ok(page)
    }

    fn attach(&mut self) -> anyhow::Result<()> {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}))?;
        let attached = self.call(
            "Target.attachToTarget",
            &json!({"targetId": target["targetId"], "flatten": true}),
        )?;
        self.session = attached["sessionId"].clone();
        Ok(())
    }

    /// Calls a method of the protocol; its result.
    ///
    /// # Errors
    /// When the browser refuses it, or doesn't answer in time.
    pub fn call(&mut self, method: &str, parameters: &Value) -> anyhow::Result<Value> {
        self.sent += 1;
        let mut command = json!({"id": self.sent, "method": method, "params": parameters});
        if self.session.is_string() {
            command["sessionId"] = self.session.clone();
        }
        write!(self.commands, "{command}\0")?;
        self.commands.flush()?;
        loop {
            let message = self.message()?;
            if message["id"] == self.sent {
                ensure!(message["error"].is_null(), "{method}: {}", message["error"]);
                return Ok(message["result"].clone());
            }
            self.events.push(message);
        }
    }

    /// The value of an expression in the page.
    ///
    /// # Errors
    /// When it throws.
    pub fn value(&mut self, expression: &str) -> anyhow::Result<Value> {
        let parameters = json!({"expression": expression, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", &parameters)?;
        if answer["exceptionDetails"].is_object() {
            bail!("{expression}: {}", answer["exceptionDetails"]);
        }
        Ok(answer["result"]["value"].clone())
    }

    /// What went wrong in it: exceptions, words to the console, anything but `url` asked for.
    #[must_use]
    pub fn troubles(&self, url: &str) -> Vec<String> {
        let told = [
            "Runtime.exceptionThrown",
            "Runtime.consoleAPICalled",
            "Log.entryAdded",
        ];
        let told = told.into_iter().flat_map(|name| self.of(name));
        let asked = self.of("Network.requestWillBeSent");
        let asked = asked.filter(|event| event["params"]["request"]["url"] != url);
        told.chain(asked).map(Value::to_string).collect()
    }

    /// The events of that name.
    pub fn of(&self, method: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |e| e["method"] == method)
    }

    fn message(&self) -> anyhow::Result<Value> {
        let message = self.messages.recv_timeout(ANSWER_WITHIN);
        message.context("the browser says nothing more")
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn messages(mut answers: impl BufRead + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        while answers.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
            let message = serde_json::from_slice(&bytes[..bytes.len() - 1]);
            if message.is_err() || sender.send(message.unwrap_or_default()).is_err() {
                break;
            }
            bytes.clear();
        }
    });
    receiver
}
