//! EC2's answers: XML in, our types out.

use roxmltree::{Document, Node};

use super::{FlowLog, Vpc};
use crate::aws::Page;

/// What EC2 says went wrong.
pub(super) struct Wrong {
    pub(super) code: String,
    pub(super) message: String,
}

/// The VPCs of a `DescribeVpcsResponse`.
pub(super) fn vpcs(xml: &str) -> Result<Page<Vpc>, roxmltree::Error> {
    page(xml, "vpcSet", |item| Vpc {
        id: text(item, "vpcId"),
        owner: text(item, "ownerId"),
    })
}

/// The flow logs of a `DescribeFlowLogsResponse`.
pub(super) fn flow_logs(xml: &str) -> Result<Page<FlowLog>, roxmltree::Error> {
    page(xml, "flowLogSet", |item| {
        let failed = text(item, "deliverLogsStatus") == "FAILED";
        let destination = text(item, "logDestination");
        let destination_type = some(item, "logDestinationType");
        let destination_type = destination_type.unwrap_or_else(|| "cloud-watch-logs".to_owned());
        let of_arn = || {
            let name = destination.split_once(":log-group:");
            let name = name.map_or(destination.as_str(), |(_, name)| name);
            let name = name.strip_suffix(":*").unwrap_or(name);
            (!name.is_empty() && destination_type == "cloud-watch-logs").then(|| name.to_owned())
        };
        let tags = items(item, "tagSet").map(|tag| (text(tag, "key"), text(tag, "value")));
        FlowLog {
            id: text(item, "flowLogId"),
            resource: text(item, "resourceId"),
            log_group: some(item, "logGroupName").or_else(of_arn),
            destination_type,
            format: text(item, "logFormat"),
            traffic: text(item, "trafficType"),
            interval_seconds: text(item, "maxAggregationInterval")
                .parse()
                .unwrap_or_default(),
            failure: failed.then(|| text(item, "deliverLogsErrorMessage")),
            tags: tags.collect(),
            destination,
        }
    })
}

/// What a `CreateFlowLogsResponse` or `DeleteFlowLogsResponse` says could not be done: with status 200.
pub(super) fn unsuccessful(xml: &str) -> Result<Option<Wrong>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let mut wrong = items(document.root_element(), "unsuccessful")
        .filter_map(|item| item.children().find(|node| node.has_tag_name_of("error")))
        .map(|error| Wrong {
            code: text(error, "code"),
            message: text(error, "message"),
        });
    Ok(wrong.next())
}

/// The first error of an error response.
pub(super) fn wrong(xml: &str) -> Option<Wrong> {
    let document = Document::parse(xml).ok()?;
    let mut nodes = document.descendants();
    let error = nodes.find(|node| node.has_tag_name_of("Error"))?;
    Some(Wrong {
        code: text(error, "Code"),
        message: text(error, "Message"),
    })
}

fn page<T>(
    xml: &str,
    set: &'static str,
    read: impl Fn(Node<'_, '_>) -> T,
) -> Result<Page<T>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let root = document.root_element();
    let found = items(root, set).map(read).collect();
    Ok(Page {
        items: found,
        next: some(root, "nextToken"),
    })
}

/// The `item`s of a set.
fn items<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    set: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    let sets = node
        .children()
        .filter(move |node| node.has_tag_name_of(set));
    sets.flat_map(|set| set.children())
        .filter(|node| node.has_tag_name_of("item"))
}

fn some(node: Node<'_, '_>, name: &str) -> Option<String> {
    let found = node.children().find(|child| child.has_tag_name_of(name))?;
    let text = found.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn text(node: Node<'_, '_>, name: &str) -> String {
    some(node, name).unwrap_or_default()
}

/// Names without their namespace, which is another one with each version of the service.
trait Named {
    fn has_tag_name_of(&self, name: &str) -> bool;
}

impl Named for Node<'_, '_> {
    fn has_tag_name_of(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW_LOGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeFlowLogsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>1</requestId>
  <flowLogSet>
    <item>
      <flowLogId>fl-1</flowLogId><resourceId>vpc-1</resourceId><trafficType>ALL</trafficType>
      <logDestinationType>cloud-watch-logs</logDestinationType><logGroupName>cwl_vpc_fl_a</logGroupName>
      <logFormat>${version} ${srcaddr}</logFormat><maxAggregationInterval>60</maxAggregationInterval>
      <deliverLogsStatus>FAILED</deliverLogsStatus><deliverLogsErrorMessage>Access error</deliverLogsErrorMessage>
      <tagSet><item><key>tributary:created-by</key><value>tributary</value></item><item><key>e</key><value/></item></tagSet>
    </item>
    <item>
      <flowLogId>fl-2</flowLogId><resourceId>subnet-1</resourceId><logDestinationType>s3</logDestinationType>
      <logDestination>arn:aws:s3:::bucket</logDestination>
    </item>
    <item>
      <flowLogId>fl-3</flowLogId><logDestinationType>cloud-watch-logs</logDestinationType>
      <logDestination>arn:aws:logs:eu-central-1:222222222222:log-group:/vpc/b:*</logDestination>
    </item>
  </flowLogSet>
  <nextToken>more</nextToken>
</DescribeFlowLogsResponse>"#;

    #[test]
    fn flow_logs_come_with_their_log_group_format_tags_and_failure() {
        let page = flow_logs(FLOW_LOGS).unwrap();
        assert_eq!(page.next.as_deref(), Some("more"));
        let groups: Vec<_> = page
            .items
            .iter()
            .map(|log| log.log_group.as_deref())
            .collect();
        assert_eq!(groups, [Some("cwl_vpc_fl_a"), None, Some("/vpc/b")]);
        let first = &page.items[0];
        assert_eq!(first.format, "${version} ${srcaddr}");
        assert_eq!(first.interval_seconds, 60);
        assert_eq!(first.failure.as_deref(), Some("Access error"));
        assert!(first.is_owned_by("tributary") && first.tags["e"].is_empty());
        assert_eq!(page.items[1].destination, "arn:aws:s3:::bucket");
        assert_eq!(page.items[1].failure, None);
    }

    #[test]
    fn a_failure_within_a_success_is_one() {
        let xml = r#"<CreateFlowLogsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><clientToken>t</clientToken>
            <flowLogIdSet/><unsuccessful><item><error><code>FlowLogAlreadyExists</code><message>There is one</message></error>
            <resourceId>vpc-1</resourceId></item></unsuccessful></CreateFlowLogsResponse>"#;
        let found = unsuccessful(xml).unwrap().unwrap();
        assert_eq!(
            (found.code.as_str(), found.message.as_str()),
            ("FlowLogAlreadyExists", "There is one")
        );
        assert!(unsuccessful("<R><unsuccessful/></R>").unwrap().is_none());
        assert!(unsuccessful("no XML").is_err());
    }

    #[test]
    fn an_error_response_has_a_code_and_a_message() {
        let xml = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>No.</Message></Error></Errors></Response>";
        let found = wrong(xml).unwrap();
        assert_eq!(
            (found.code.as_str(), found.message.as_str()),
            ("UnauthorizedOperation", "No.")
        );
        assert!(wrong("<html>").is_none());
    }
}
