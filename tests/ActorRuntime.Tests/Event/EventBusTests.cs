using ActorRuntime.Event;
using ActorRuntime.Tests.Actor;
using Xunit;

namespace ActorRuntime.Tests.Event;

[Trait("Requirement", "AR-1")]
public sealed class EventBusTests : ActorTest
{
    private readonly Topics _bus = new();
    private readonly Recorder _heard;

    public EventBusTests() => _heard = new Recorder(System);

    [Fact]
    public void Subscribing_and_unsubscribing_say_whether_something_changed()
    {
        Assert.True(_bus.Subscribe(_heard.Ref, "/a"));
        Assert.False(_bus.Subscribe(_heard.Ref, "/a"));
        Assert.True(_bus.Unsubscribe(_heard.Ref, "/a"));
        Assert.False(_bus.Unsubscribe(_heard.Ref, "/a"));
        Assert.False(_bus.Unsubscribe(_heard.Ref));
    }

    [Fact]
    public void An_event_reaches_all_whose_classifier_covers_it_once_each_and_nobody_after_unsubscribing()
    {
        var other = new Recorder(System);
        _bus.Subscribe(_heard.Ref, "/a");
        _bus.Subscribe(_heard.Ref, "/a/b");
        _bus.Subscribe(other.Ref, "/a/b");
        _bus.Publish("/a/b/c");
        _bus.Publish("/a/x");
        _bus.Publish("/z");
        Run();
        Assert.Equal(["/a/b/c", "/a/x"], _heard.Drain());
        Assert.Equal(["/a/b/c"], other.Drain());
        Assert.True(_bus.Unsubscribe(_heard.Ref));
        _bus.Publish("/a/b");
        Run();
        Assert.Empty(_heard.Drain());
        Assert.Equal(["/a/b"], other.Drain());
    }

    private sealed class Topics : ActorEventBus<string, string>
    {
        protected override bool Classify(string @event, string classifier) => false;

        protected override string GetClassifier(string @event) => @event;

        protected override bool IsSubClassification(string parent, string child) => child.StartsWith(parent, StringComparison.Ordinal);
    }
}
