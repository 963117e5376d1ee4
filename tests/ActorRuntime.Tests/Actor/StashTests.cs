using ActorRuntime.Actor;
using ActorRuntime.Event;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class StashTests : ActorTest
{
    private readonly List<string> _log = [];

    [Fact]
    public void Stashed_messages_come_back_in_order_before_what_is_queued()
    {
        var actor = Start(bounded: false);
        foreach (var message in new[] { "s1", "s2", "s3", "one", "x", "all", "y" }) actor.Tell(message);
        Run();
        Assert.Equal(["s1", "x", "s2", "s3", "y"], _log);
    }

    [Fact]
    public void A_full_stash_throws_and_says_so_before()
    {
        var actor = Start(bounded: true);
        foreach (var message in new[] { "s1", "report", "s2", "report", "s3" }) actor.Tell(message);
        Run();
        Assert.Equal(["1/2 full=False", "2/2 full=True", "overflow s3"], _log);
    }

    [Fact]
    public void Stashing_twice_is_refused_and_an_unbounded_stash_says_so()
    {
        var actor = Start(bounded: false);
        actor.Tell("twice");
        actor.Tell("report");
        Run();
        Assert.Equal(["twice refused", "1/-1 full=False"], _log);
    }

    [Fact]
    public void Stop_makes_dead_letters_of_the_stash_and_restart_puts_it_back()
    {
        var actor = Start(bounded: false);
        actor.Tell("s1");
        actor.Tell("boom");
        actor.Tell("x");
        Run();
        Assert.Equal(["s1", "x"], _log);
        actor.Tell("reset");
        actor.Tell("s2");
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        actor.Tell(PoisonPill.Instance);
        Assert.Equal("s2", Probe.ExpectMsg<DeadLetter>().Message);
    }

    private IActorRef Start(bool bounded)
    {
        var log = _log;
        var restarted = new bool[1];
        return bounded
            ? System.ActorOf(Props.CreateBy(() => new Bounded(log, restarted)).WithStashCapacity(2))
            : System.ActorOf(Props.CreateBy(() => new Unbounded(log, restarted)));
    }

    private sealed class Bounded(List<string> log, bool[] open) : StashingActor(log, open), IWithStash;

    private sealed class Unbounded(List<string> log, bool[] open) : StashingActor(log, open), IWithUnboundedStash;

    private abstract class StashingActor(List<string> log, bool[] open) : UntypedActor
    {
        public IStash Stash { get; set; } = null!;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "one":
                    open[0] = true;
                    Stash.Unstash();
                    Self.Tell("close");
                    break;
                case "all":
                    open[0] = true;
                    Stash.UnstashAll();
                    break;
                case "close" or "reset":
                    open[0] = message is "close" && open[0];
                    break;
                case "boom":
                    open[0] = true;
                    throw new InvalidOperationException();
                case "report":
                    Assert.Equal(Stash.IsEmpty, !Stash.NonEmpty);
                    log.Add($"{Stash.Count}/{Stash.Capacity} full={Stash.IsFull}");
                    break;
                case "twice":
                    Stash.Stash();
                    if (Record.Exception(Stash.Stash) is IllegalActorStateException) log.Add("twice refused");
                    break;
                case string text when text[0] == 's' && !open[0]:
                    if (Record.Exception(Stash.Stash) is StashOverflowException) log.Add("overflow " + text);
                    break;
                default:
                    log.Add((string)message);
                    break;
            }
        }
    }
}
