//! The cluster's address, and who asks.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::SdkConfig;
use clap::Args;

use crate::search::{Auth, Client, Endpoint, SearchError, certificates};

/// Where the password is, so that it never stands on a command line.
const PASSWORD: &str = "TRIBUTARY_SEARCH_PASSWORD";

/// The cluster's address, and who asks.
#[derive(Debug, Args)]
pub struct Access {
    /// Address of the OpenSearch or Elasticsearch cluster
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// User; the password is in the environment variable `TRIBUTARY_SEARCH_PASSWORD`, or in a file
    #[arg(long, value_name = "NAME", conflicts_with = "sigv4")]
    user: Option<String>,
    /// File with the user's password
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// Sign requests with AWS credentials; es for a domain, aoss for a serverless collection, found out from
    /// the address where it is left out
    #[arg(long, value_name = "SERVICE", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = ["es", "aoss", ""], hide_possible_values = true)]
    sigv4: Option<String>,
    /// Region to sign for; found out from the address or the AWS configuration where it is left out
    #[arg(long, value_name = "REGION", requires = "sigv4")]
    region: Option<String>,
    /// Certificates (PEM) to trust beside those of this machine
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Access {
    pub(super) fn is_signed(&self) -> bool {
        self.sigv4.is_some()
    }

    pub(super) fn is_with_password(&self) -> bool {
        self.user.is_some()
    }

    pub(super) fn is_serverless(&self) -> bool {
        self.sigv4.as_deref() == Some("aoss")
            || self.is_signed() && self.endpoint.contains(".aoss.")
    }

    pub(super) fn endpoint(&self) -> Result<Endpoint, SearchError> {
        Endpoint::parse(&self.endpoint)
    }

    /// A client for a server, that asks as these options say.
    pub(super) fn client(
        &self,
        endpoint: Endpoint,
        aws: Option<&SdkConfig>,
        first_pause: Duration,
    ) -> Result<Client, SearchError> {
        let auth = self.auth(&endpoint, aws)?;
        self.client_as(auth, endpoint, first_pause)
    }

    /// The same for nobody in particular, where these options name a user.
    pub(super) fn anonymous(&self, endpoint: Endpoint, first_pause: Duration) -> Option<Client> {
        self.user.as_ref()?;
        self.client_as(Auth::None, endpoint, first_pause).ok()
    }

    fn client_as(
        &self,
        auth: Auth,
        endpoint: Endpoint,
        first_pause: Duration,
    ) -> Result<Client, SearchError> {
        let trusted = self.ca_file.as_deref().map(certificates).transpose()?;
        Client::new(endpoint, auth, trusted.as_deref(), first_pause)
    }

    fn auth(&self, endpoint: &Endpoint, aws: Option<&SdkConfig>) -> Result<Auth, SearchError> {
        if let Some(user) = &self.user {
            return Ok(Auth::basic(user, &self.password()?));
        }
        let (Some(service), Some(aws)) = (&self.sigv4, aws) else {
            return Ok(Auth::None);
        };
        let (region, service_there) = of_host(endpoint.host());
        let configured = || {
            aws.region()
                .map(ToString::to_string)
                .filter(|region| !region.is_empty())
        };
        let region = self.region.clone().or(region).or_else(configured);
        let region = region.ok_or_else(|| {
            SearchError::Credentials(
                "which Region to sign for is not known: name it with --region".to_owned(),
            )
        })?;
        let credentials = aws.credentials_provider().ok_or_else(|| {
            SearchError::Credentials(
                "there are no AWS credentials to sign with: set AWS_PROFILE".to_owned(),
            )
        })?;
        let service = if service.is_empty() {
            service_there
        } else {
            service
        };
        Ok(Auth::SigV4 {
            credentials,
            region,
            service: service.to_owned(),
        })
    }

    fn password(&self) -> Result<String, SearchError> {
        if let Some(file) = &self.password_file {
            let text = std::fs::read_to_string(file);
            let text = text.map_err(|error| SearchError::File {
                path: file.clone(),
                reason: error.to_string(),
            })?;
            return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        std::env::var(PASSWORD).map_err(|_| {
            SearchError::Credentials(format!(
                "--user wants a password: set {PASSWORD}, or give --password-file FILE"
            ))
        })
    }
}

/// The Region and the service in the name of a domain (`NAME.REGION.es.amazonaws.com`) or a collection
/// (`NAME.REGION.aoss.amazonaws.com`).
fn of_host(host: &str) -> (Option<String>, &'static str) {
    let labels: Vec<_> = host.split('.').collect();
    for (at, label) in labels.iter().enumerate().skip(1) {
        let service = match *label {
            "es" => "es",
            "aoss" => "aoss",
            _ => continue,
        };
        if labels
            .get(at + 1)
            .is_some_and(|next| next.starts_with("amazonaws"))
        {
            return (Some(labels[at - 1].to_owned()), service);
        }
    }
    (None, "es")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_and_a_collection_say_their_region_and_service() {
        for (host, region, service) in [
            (
                "search-logs-abc.eu-central-1.es.amazonaws.com",
                Some("eu-central-1"),
                "es",
            ),
            (
                "vpc-logs-abc.cn-north-1.es.amazonaws.com.cn",
                Some("cn-north-1"),
                "es",
            ),
            (
                "abc123.us-east-1.aoss.amazonaws.com",
                Some("us-east-1"),
                "aoss",
            ),
            ("search.example.com", None, "es"),
            ("es.example.com", None, "es"),
        ] {
            assert_eq!(
                of_host(host),
                (region.map(str::to_owned), service),
                "{host}"
            );
        }
    }
}
