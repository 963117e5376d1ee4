using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;
using ActorRuntime.Tests.Actor;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Tests.Dispatch;

[Trait("Requirement", "AR-1")]
public sealed class MailboxOrderTests : ConfiguredTest
{
    private const string Configured = """
        stable { mailbox-type = "ActorRuntime.Tests.Dispatch.MailboxOrderTests+SmallestFirst, ActorRuntime.Tests" }
        stable-bounded { mailbox-type = "ActorRuntime.Tests.Dispatch.MailboxOrderTests+SmallestFirstBounded, ActorRuntime.Tests", mailbox-capacity = 3, mailbox-push-timeout-time = 1s }
        control { mailbox-type = "ActorRuntime.Dispatch.UnboundedControlAwareMailbox" }
        control-bounded { mailbox-type = "ActorRuntime.Dispatch.BoundedControlAwareMailbox", mailbox-capacity = 3, mailbox-push-timeout-time = 0s }
        """;

    [Theory]
    [InlineData("stable")]
    [InlineData("stable-bounded")]
    public void Most_urgent_first_and_equals_in_order_of_arrival(string mailbox)
    {
        var (actor, handled) = Started(mailbox);
        foreach (var message in new[] { "2a", "1a", "1b" }) actor.Tell(message, null);
        Environment.RunUntilIdle();
        Assert.Equal(["1a", "1b", "2a"], handled);
    }

    [Fact]
    public void Bounded_by_priority_lets_those_in_that_wait_at_the_door()
    {
        var (actor, handled) = Started("stable-bounded");
        foreach (var message in new[] { "5a", "4a", "3a", "1a" }) actor.Tell(message, null);
        Environment.RunUntilIdle();
        Assert.Equal(["3a", "1a", "4a", "5a"], handled);
    }

    [Fact]
    public void What_the_generator_throws_reaches_the_sender_and_nobody_else()
    {
        var (actor, handled) = Started("stable");
        Assert.Throws<FormatException>(() => actor.Tell("?", null));
        actor.Tell("1a", null);
        Environment.RunUntilIdle();
        Assert.Equal(["1a"], handled);
    }

    [Theory]
    [InlineData("control")]
    [InlineData("control-bounded")]
    public void Control_messages_come_before_all_others(string mailbox)
    {
        var (actor, handled) = Started(mailbox);
        var (first, second) = (new Control(), new Control());
        foreach (var message in new object[] { "a", first, second }) actor.Tell(message, null);
        Environment.RunUntilIdle();
        Assert.Equal([first, second, "a"], handled);
    }

    [Fact]
    public void Put_back_messages_come_before_urgent_ones()
    {
        var (actor, handled) = Started("stable");
        var mailbox = ((LocalActorRef)actor).Cell.Mailbox;
        mailbox.EnqueueFirst("9a", null);
        actor.Tell("1a", null);
        Assert.Equal(2, mailbox.NumberOfMessages);
        Environment.RunUntilIdle();
        Assert.Equal(["9a", "1a"], handled);
    }

    [Fact]
    public void Random_bursts_leave_the_default_mailbox_in_the_order_they_came()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var (random, model, mailbox) = (new Prng(seed), new Queue<object>(), new UnboundedMailbox());
            for (var burst = 0; burst < 40; burst++)
            {
                var size = (int)(random.Next() % (burst % 10 == 0 ? 700UL : 9UL));
                for (var i = 0; i < size; i++)
                {
                    object message = (seed, burst, i);
                    model.Enqueue(message);
                    mailbox.Enqueue(message, null);
                }

                Assert.Equal(model.Count, mailbox.CountQueued());
                for (var left = (int)(random.Next() % 12UL) + (burst % 7 == 0 ? model.Count : 0); left > 0; left--)
                {
                    var expected = model.TryDequeue(out var message);
                    Assert.True(expected == mailbox.TryDequeue(out var envelope), $"seed {seed}, burst {burst}");
                    if (expected) Assert.Equal(message, envelope.Message);
                    Assert.Equal(model.Count > 0, mailbox.HasQueued);
                }
            }
        }
    }

    private (IActorRef Actor, List<object> Handled) Started(string mailbox)
    {
        var handled = new List<object>();
        var actor = Start(Configured).ActorOf(FunctionActor.Props((m, _) => handled.Add(m)).WithMailbox(mailbox));
        Environment.RunUntilIdle();
        return (actor, handled);
    }

    public sealed class SmallestFirst(Settings settings, Config config) : UnboundedStablePriorityMailbox(settings, config)
    {
        protected override int PriorityGenerator(object message) => UrgencyOf(message);
    }

    public sealed class SmallestFirstBounded(Settings settings, Config config) : BoundedStablePriorityMailbox(settings, config)
    {
        protected override int PriorityGenerator(object message) => UrgencyOf(message);
    }

    private sealed class Control : IControlMessage;

    private static int UrgencyOf(object message) => message is string text ? int.Parse(text[..1], System.Globalization.CultureInfo.InvariantCulture) : 0;
}
