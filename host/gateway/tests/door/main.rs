//! The door over real sockets: small services behind it, signed requests before it.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod client;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod gzip;
#[cfg(test)]
mod handshakes;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod listeners;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod protocols;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod rest_bodies;
#[cfg(test)]
mod rest_client;
#[cfg(test)]
mod server;
mod streams;
#[cfg(test)]
mod things;
mod ticks;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod trail;
