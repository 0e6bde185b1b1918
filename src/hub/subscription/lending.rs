//! Lending the stream to the pump, and getting it back.

use std::any::Any;
use std::task::{Context, Poll, ready};

use super::{State, Subscription};
use crate::hub::line::Outlet;

impl Subscription {
    /// Lends the stream to the pump, which writes each event to it as it comes. Gives it back at
    /// once if there is more to read first.
    ///
    /// To be called when [`catch_up`](Subscription::catch_up) has nothing more.
    #[doc(hidden)]
    pub fn lend<O: Outlet>(&mut self, outlet: Box<O>) -> Result<(), Box<O>> {
        self.try_lend(outlet).or_else(|outlet| match own(outlet) {
            Some(outlet) => Err(outlet),
            None => Ok(()),
        })
    }

    /// Completes when there is something that the stream's owner has to do: write what the stream
    /// would not take at once, read on, or end. `None` says that the peer has gone.
    #[doc(hidden)]
    pub fn poll_returned<O: Outlet>(&mut self, cx: &mut Context<'_>) -> Poll<Option<Box<O>>> {
        let returned = *ready!(self.line.poll_return(cx));
        self.state = match returned.queue {
            Some(queue) => State::Live(queue),
            None => self.cut(),
        };
        Poll::Ready(own(returned.outlet).filter(|_| !returned.gone))
    }

    /// Ends the subscription, and gives the stream back if it is lent.
    #[doc(hidden)]
    pub fn end<O: Outlet>(&mut self) -> Option<Box<O>> {
        let (number, returned) = self.line.leave();
        if let Some(number) = number {
            self.hub.left(number);
        }
        self.state = State::Ended;
        own(returned?.outlet)
    }

    fn try_lend(&mut self, outlet: Box<dyn Outlet>) -> Result<(), Box<dyn Outlet>> {
        if self
            .gathered
            .as_ref()
            .is_some_and(|gathered| !gathered.is_empty())
        {
            return Err(outlet);
        }
        match &self.state {
            State::Live(queue) => {
                self.line.lend_again(outlet, queue)?;
                self.state = State::Lent;
            }
            State::Reading { after, .. } => {
                let after = *after;
                self.line.lend(outlet, after);
                self.join(after, State::Lent);
                if !matches!(self.state, State::Lent)
                    && let (_, Some(returned)) = self.line.leave()
                {
                    return Err(returned.outlet);
                }
            }
            State::Starting(_) | State::Fallen { .. } | State::Lent | State::Ended => {
                return Err(outlet);
            }
        }
        Ok(())
    }
}

/// The stream as the type that its owner knows it by.
fn own<O: Outlet>(outlet: Box<dyn Outlet>) -> Option<Box<O>> {
    let outlet: Box<dyn Any> = outlet;
    outlet.downcast().ok()
}
