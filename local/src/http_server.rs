//! A small HTTP server on a thread of its own, for stand-ins that answer requests themselves.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::Context;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
};

/// The handler wants the connection closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped without an answer")]
pub(crate) struct NoAnswer;

/// Answers whole requests with whole responses; called for many connections at once.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Answers a request, or has its connection closed without an answer.
    fn handle(
        self: Arc<Self>,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, NoAnswer>> + Send;
}

/// A server on a free port of 127.0.0.1; closed when dropped.
#[derive(Debug)]
pub(crate) struct HttpServer {
    address: SocketAddr,
    endpoint: String,
    runtime: Option<Runtime>,
}

impl HttpServer {
    /// Starts to answer requests by `handler`.
    pub(crate) fn start(handler: Arc<impl Handler>) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("cannot start a thread for the server")?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .context("cannot listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let _inside = runtime.enter();
        runtime.spawn(accept(TcpListener::from_std(listener)?, handler));
        Ok(Self {
            address,
            endpoint: format!("http://{address}"),
            runtime: Some(runtime),
        })
    }

    /// Returns the address that the server listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the same as `http://127.0.0.1:PORT`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // Waiting for the threads is not allowed in the asynchronous code that may drop us.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, handler: Arc<impl Handler>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, handler.clone()));
    }
}

async fn serve(stream: TcpStream, handler: Arc<impl Handler>) {
    let service = service_fn(|request: Request<Incoming>| {
        let handler = handler.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| NoAnswer)?.to_bytes();
            let answer = handler.handle(Request::from_parts(head, body)).await?;
            Ok::<_, NoAnswer>(answer.map(Full::new))
        }
    });
    // An error is a connection that broke, or one that the handler wanted dropped.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
