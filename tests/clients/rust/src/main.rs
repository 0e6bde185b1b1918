//! Publishes by the crate `mercure`, a public and a private update on each topic, and prints a token to read them:
//! `ssehub-client-mercure HUB SECRET TOPIC…`

use std::env;
use std::error::Error;

use mercure::client::PublishUpdatePrivacy::{Private, Public};
use mercure::jwt::SubscriberJwtSecret;
use mercure::{Client, HubUrl, PublisherJwt, SubscriberJwt, Topic, TopicSelector};
use url::Url;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = env::args().skip(1);
    let (hub, secret) = (words.next().ok_or("no hub")?, words.next().ok_or("no secret")?);
    let hub = HubUrl::try_from(hub.parse::<Url>()?)?;
    let secret = secret.into_bytes();
    let publisher = PublisherJwt::new(&secret.clone().into(), vec![TopicSelector::Wildcard])?;
    let client = Client::new(reqwest::Client::new(), hub, publisher);
    for topic in words {
        for (data, privacy) in [("by Rust", Public), ("by Rust, private", Private)] {
            let topic = Topic::new(topic.parse()?, vec![]);
            let id = client.publish_update(topic, Some(data), privacy).await?;
            println!("{id}");
        }
    }
    let granted = TopicSelector::UriTemplate("https://example.com/orders/{id}".try_into()?);
    let token = SubscriberJwt::new(&SubscriberJwtSecret::from(secret), None, vec![granted])?;
    println!("{token}");
    Ok(())
}
