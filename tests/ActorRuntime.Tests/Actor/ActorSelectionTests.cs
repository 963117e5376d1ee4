using ActorRuntime.Actor;
using ActorRuntime.Event;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class ActorSelectionTests : ActorTest
{
    private readonly IActorRef _parent;

    public ActorSelectionTests()
    {
        _parent = System.ActorOf(FunctionActor.Props(
            (m, c) =>
            {
                if (m is Select select) c.ActorSelection(select.Path).Tell(new Identify(select.Path), c.Sender);
            },
            new FunctionActor.Hooks
            {
                PreStart = c =>
                {
                    foreach (var name in new[] { "ka", "kb", "other" }) c.ActorOf(FunctionActor.Props((m, k) => k.Sender.Tell($"{k.Self.Path.Name}:{m}")), name);
                },
            }), "p");
        Run();
    }

    [Fact]
    public void Absolute_relative_and_upward_paths_find_the_actor()
    {
        foreach (var path in new[] { "actor-runtime://test/user/p/ka", "/user/p/ka", "ka", "../p/ka", "kb/../ka" })
        {
            Probe.Send(_parent, new Select(path));
            Assert.Equal("ka", Probe.ExpectMsg<ActorIdentity>().Subject!.Path.Name);
        }

        Assert.Equal(Probe.Ref, Result(System.ActorSelection(Probe.Ref.Path).ResolveOne(Ms(100))));
    }

    [Fact]
    public void Wildcards_reach_all_matching_siblings_and_each_answers()
    {
        System.ActorSelection("/user/p/k?").Tell("hi", Probe.Ref);
        Assert.Equal(["ka:hi", "kb:hi"], new[] { Probe.ExpectMsg<string>(), Probe.ExpectMsg<string>() }.Order());
        System.ActorSelection("/user/*/o*r").Tell("hi", Probe.Ref);
        Probe.ExpectMsg("other:hi");
        Probe.ExpectNoMsg();
    }

    [Fact]
    public void Unknown_path_answers_identify_with_nobody_and_makes_dead_letters_of_the_rest()
    {
        System.ActorSelection("/user/nobody").Tell(new Identify(7), Probe.Ref);
        var identity = Probe.ExpectMsg<ActorIdentity>();
        Assert.Equal((7, null), (identity.MessageId, identity.Subject));
        Assert.Throws<ActorNotFoundException>(() => Result(System.ActorSelection("/user/nobody").ResolveOne(Ms(100))));
        Assert.Throws<ActorNotFoundException>(() => Result(System.ActorSelection("/user/p/x*").ResolveOne(Ms(100))));
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        System.ActorSelection("/user/p/ka/deeper").Tell("lost", Probe.Ref);
        var letter = Probe.ExpectMsg<DeadLetter>();
        Assert.Equal("lost", letter.Message);
        Assert.Equal(Probe.Ref, letter.Sender);
    }

    [Fact]
    public void Temporary_references_can_be_selected_while_they_wait()
    {
        IActorRef? asker = null;
        var actor = System.ActorOf(FunctionActor.Props((_, c) => asker = c.Sender));
        var answer = actor.Ask<string>("q", Ms(1000));
        Run();
        var path = asker!.Path.ToStringWithoutAddress();
        Assert.StartsWith("/temp/", path, StringComparison.Ordinal);
        System.ActorSelection(path).Tell("found you");
        Assert.Equal("found you", Result(answer));
        Assert.IsType<EmptyLocalActorRef>(((ExtendedActorSystem)System).Provider.ResolveActorRef(asker.Path));
    }

    [Fact]
    public void Selections_that_forward_keep_the_original_sender()
    {
        var forwarder = System.ActorOf(FunctionActor.Props((m, c) => c.ActorSelection("/user/p/ka").Tell(m, c.Sender)));
        Probe.Send(forwarder, "x");
        Probe.ExpectMsg("ka:x");
    }

    [Theory]
    [InlineData("abc", "a*", true)]
    [InlineData("abc", "*c", true)]
    [InlineData("abc", "a?c", true)]
    [InlineData("abc", "a?", false)]
    [InlineData("", "*", true)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*c", false)]
    public void Patterns_fit_as_a_whole(string text, string pattern, bool fits) => Assert.Equal(fits, ActorRuntime.Util.WildcardMatch.Like(text, pattern));

    private sealed record Select(string Path);
}
