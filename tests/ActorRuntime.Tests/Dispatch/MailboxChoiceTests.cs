using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;
using Xunit;

namespace ActorRuntime.Tests.Dispatch;

[Trait("Requirement", "AR-1")]
public sealed class MailboxChoiceTests : ConfiguredTest
{
    private const string Named = """
        tight { mailbox-type = "ActorRuntime.Dispatch.BoundedMailbox", mailbox-capacity = 7 }
        control { mailbox-type = "ActorRuntime.Dispatch.UnboundedControlAwareMailbox" }
        controlled { type = Dispatcher, mailbox-type = "ActorRuntime.Dispatch.UnboundedControlAwareMailbox" }
        """;

    [Fact]
    public void Without_a_word_it_is_the_unbounded_one() => Assert.IsType<UnboundedMailbox>(MailboxOf(Start(""), Props.Empty));

    [Fact]
    public void Props_win_over_the_dispatcher_and_the_dispatcher_over_the_default()
    {
        var system = Start(Named);
        Assert.IsType<UnboundedControlAwareMailbox>(MailboxOf(system, Props.Empty.WithDispatcher("controlled")));
        Assert.IsType<BoundedMailbox>(MailboxOf(system, Props.Empty.WithDispatcher("controlled").WithMailbox("tight")));
    }

    [Fact]
    public void The_default_can_be_another_one() =>
        Assert.IsType<BoundedMailbox>(MailboxOf(Start("""actor-runtime.actor.default-mailbox { mailbox-type = "ActorRuntime.Dispatch.BoundedMailbox" }"""), Props.Empty));

    [Fact]
    public void An_actor_gets_what_it_requires()
    {
        var system = Start(Named);
        Assert.IsType<BoundedMailbox>(MailboxOf(system, Props.Create<Bounded>()));
        Assert.IsType<UnboundedControlAwareMailbox>(MailboxOf(system, Props.Create<Controlled>()));
        Assert.IsType<BoundedMailbox>(MailboxOf(system, Props.Create<Bounded>().WithMailbox("tight")));
    }

    [Fact]
    public void Requirements_are_configurable()
    {
        const string Requirements = """
            mine { mailbox-type = "ActorRuntime.Dispatch.BoundedControlAwareMailbox" }
            actor-runtime.actor.mailbox.requirements { "ActorRuntime.Dispatch.IControlAwareMessageQueueSemantics" = mine }
            """;
        Assert.IsType<BoundedControlAwareMailbox>(MailboxOf(Start(Requirements), Props.Create<Controlled>()));
    }

    [Fact]
    public void A_mailbox_that_does_not_keep_what_the_actor_requires_is_refused()
    {
        var system = Start(Named);
        var refused = Assert.Throws<ConfigurationException>(() => system.ActorOf(Props.Create<Controlled>().WithMailbox("tight"), "it"));
        Assert.Contains(nameof(IControlAwareMessageQueueSemantics), refused.Message, StringComparison.Ordinal);
        system.ActorOf(Props.Create<Controlled>(), "it");
    }

    [Fact]
    public void Names_that_mean_nothing_are_refused_and_the_name_of_the_actor_stays_free()
    {
        var system = Start("""
            missing-type { mailbox-capacity = 1 }
            no-class { mailbox-type = "No.Such, Thing" }
            no-mailbox { mailbox-type = "ActorRuntime.Actor.ActorPath" }
            """);
        foreach (var name in new[] { "unheard-of", "missing-type", "no-class", "no-mailbox" })
        {
            Assert.Contains(name, Assert.Throws<ConfigurationException>(() => system.ActorOf(Props.Empty.WithMailbox(name), "it")).Message, StringComparison.Ordinal);
        }

        Assert.Contains("unheard-of", Assert.Throws<ConfigurationException>(() => system.ActorOf(Props.Empty.WithDispatcher("unheard-of"), "it")).Message, StringComparison.Ordinal);
        system.ActorOf(Props.Empty, "it");
    }

    [Theory]
    [InlineData("""actor-runtime.actor.default-mailbox { mailbox-type = "No.Such, Thing" }""", "default-mailbox")]
    [InlineData("actor-runtime.actor.default-dispatcher { type = NoSuch }", "default-dispatcher")]
    [InlineData("actor-runtime.actor.default-dispatcher { throughput = 0 }", "throughput")]
    public void A_default_that_cannot_be_used_ends_the_start(string hocon, string named) =>
        Assert.Contains(named, Assert.Throws<ConfigurationException>(() => Start(hocon)).Message, StringComparison.Ordinal);

    [Fact]
    public void Props_with_other_mailboxes_or_dispatchers_differ()
    {
        Assert.NotEqual(Props.Empty, Props.Empty.WithMailbox("tight"));
        Assert.NotEqual(Props.Empty, Props.Empty.WithDispatcher("controlled"));
        Assert.Equal(Props.Empty.WithMailbox("tight"), Props.Empty.WithMailbox("tight"));
    }

    private static Mailbox MailboxOf(ActorSystem system, Props props) => ((LocalActorRef)system.ActorOf(props)).Cell.Mailbox;

    private sealed class Bounded : UntypedActor, IRequiresMessageQueue<IBoundedMessageQueueSemantics>
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class Controlled : UntypedActor, IRequiresMessageQueue<IControlAwareMessageQueueSemantics>
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
