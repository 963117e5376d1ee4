using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Serialization;
using ActorRuntime.TestKit;
using Xunit;
using static ActorRuntime.Persistence.Tests.Ledger;

namespace ActorRuntime.Persistence.Tests;

/// <summary>What is stored may differ from what the actor speaks of.</summary>
[Trait("Requirement", "AR-4")]
public sealed class EventAdapterTests : IAsyncLifetime
{
    /// <summary>Writing goes by the class of the event, reading by the class of what is stored.</summary>
    private static readonly EventAdapters BothWays = EventAdapters.None.Bind<Entry>(new ToStoredEntry()).Bind<StoredEntry>(new ToStoredEntry());

    private readonly InMemoryJournal _journal = new();
    private ActorSystem? _system;
    private TestProbe? _user;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_system is not null) await _system.Terminate();
    }

    [Fact]
    public async Task Events_are_stored_in_the_adapters_form_with_its_manifest_and_tags_and_replayed_in_the_actors()
    {
        Start(BothWays);
        Ledger("a", recovered: 0, new Write("x"), "wrote x 1");

        var stored = Assert.Single(await _journal.ReadOrderedAsync("ledger", 0, 9, default)).Event;
        Assert.Equal(("stored-entry:1", "v2"), (stored.Manifest, stored.AdapterManifest));
        Ledger("a", recovered: 1, new Show(), "x");
        var found = Persistence.Instance.Get(_system!).ReadJournalFor("").CurrentEventsByTag("ledger");
        await foreach (var envelope in found) Assert.Equal(new Entry("x"), envelope.Event);
    }

    [Fact]
    public async Task Events_from_before_an_adapter_was_bound_are_read_as_they_are()
    {
        Start(EventAdapters.None);
        Ledger("a", recovered: 0, new Write("x"), "wrote x 1");
        await _system!.Terminate();

        Start(BothWays);
        Ledger("a", recovered: 1, new Write("y"), "wrote y 2");
        Ledger("a", recovered: 2, new Show(), "x,y");
    }

    [Fact]
    public async Task One_stored_event_may_become_several_or_none()
    {
        Start(EventAdapters.None);
        Ledger("a", recovered: 0, new WriteAll("one+two", "drop", "three"), "wrote one+two 1", "wrote drop 2", "wrote three 3");
        await _system!.Terminate();

        Start(EventAdapters.None.Bind<Entry>(new Splitting()));

        Ledger("a", recovered: 3, new Show(), "one,two,three");
    }

    [Fact]
    public void Adapter_that_throws_rejects_the_event_and_the_actor_goes_on()
    {
        Start(EventAdapters.None.Bind<Entry>(new Refusing()));
        var actor = _system!.ActorOf(Props.Create(() => new Ledger("a", _user!.Ref, Recovery.Default)));
        _user!.ExpectMsg("recovered 0");

        _user.Send(actor, new Write("bad"));
        _user.ExpectMsg("rejected 1");
        _user.Send(actor, new Write("good"));

        _user.ExpectMsg("wrote good 1");
    }

    [Fact]
    public async Task Tagged_event_is_stored_without_the_wrapper_and_found_by_its_tags()
    {
        Start(EventAdapters.None);
        var actor = _system!.ActorOf(Props.Create(() => new Ledger("a", _user!.Ref, Recovery.Default)));
        _user!.ExpectMsg("recovered 0");

        _user.Send(actor, new Do(ledger => ledger.Persist(new Tagged(new Entry("x"), ["red", "blue"]), tagged => ledger.Observe(tagged.Payload))));
        _user.ExpectMsg(new Entry("x"));

        Assert.Single(await _journal.ReadOrderedAsync("blue", 0, 9, default));
        Ledger("a", recovered: 1, new Show(), "x");
    }

    [Fact]
    public void Most_specific_binding_counts()
    {
        var (general, special) = (new Splitting(), new ToStoredEntry());
        var adapters = EventAdapters.None.Bind<Entry>(special).Bind<object>(general);

        Assert.Same(special, adapters.Get(typeof(Entry)));
        Assert.Same(general, adapters.Get(typeof(Pages)));
        Assert.Same(IdentityEventAdapter.Instance, EventAdapters.None.Get(typeof(Entry)));
    }

    [Fact]
    public void Adapters_are_read_from_the_configuration_of_their_journal()
    {
        var adapter = $"{typeof(ToStoredEntry).FullName}, {typeof(ToStoredEntry).Assembly.GetName().Name}";
        var entry = $"{typeof(Entry).FullName}, {typeof(Entry).Assembly.GetName().Name}";

        var adapters = EventAdapters.FromConfig(ConfigurationFactory.ParseString(
            $$"""event-adapters { tagger = "{{adapter}}" }, event-adapter-bindings { "{{entry}}" = tagger }"""));

        Assert.IsType<ToStoredEntry>(adapters.Get(typeof(Entry)));
    }

    [Theory]
    [InlineData("event-adapters { tagger = \"No.Such, Assembly\" }", "tagger", "No.Such")]
    [InlineData("event-adapters { tagger = \"System.String\" }", "tagger", "no IEventAdapter")]
    [InlineData("event-adapter-bindings { \"System.String\" = tagger }", "tagger", "not in event-adapters")]
    public void Adapter_that_is_not_there_is_named(string text, params string[] named)
    {
        var failure = Assert.Throws<ConfigurationException>(() => EventAdapters.FromConfig(ConfigurationFactory.ParseString(text)));

        foreach (var part in named) Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }

    private void Start(EventAdapters adapters)
    {
        _system = ActorSystem.Create("adapters", PersistenceSetup.Create().WithJournal(_ => _journal).WithEventAdapters(adapters).And(Patience.Setup));
        _user = new TestProbe(_system);
    }

    /// <summary>One life of the actor.</summary>
    private void Ledger(string id, long recovered, object command, params string[] answers)
    {
        var actor = _system!.ActorOf(Props.Create(() => new Ledger(id, _user!.Ref, Recovery.Default)));
        _user!.ExpectMsg($"recovered {recovered}");
        _user.Send(actor, command);
        foreach (var answer in answers) _user.ExpectMsg(answer);
        _user.Watch(actor);
        _system.Stop(actor);
        _user.ExpectTerminated(actor);
    }

    [WireType("stored-entry")]
    public sealed record StoredEntry(string Content);

    public sealed class ToStoredEntry : IEventAdapter
    {
        public string Manifest(object evt) => "v2";

        public object ToJournal(object evt) => new Tagged(new StoredEntry(((Entry)evt).Text), ImmutableHashSet.Create("ledger"));

        public IEventSequence FromJournal(object evt, string manifest) =>
            EventSequence.Single(evt is StoredEntry stored && manifest == "v2" ? new Entry(stored.Content) : evt);
    }

    private sealed class Splitting : IEventAdapter
    {
        public string Manifest(object evt) => "";

        public object ToJournal(object evt) => evt;

        public IEventSequence FromJournal(object evt, string manifest) => ((Entry)evt).Text == "drop"
            ? EventSequence.Empty
            : EventSequence.Create(((Entry)evt).Text.Split('+').Select(text => new Entry(text)));
    }

    private sealed class Refusing : IEventAdapter
    {
        public string Manifest(object evt) => "";

        public object ToJournal(object evt) => ((Entry)evt).Text == "bad" ? throw new InvalidDataException("bad") : evt;

        public IEventSequence FromJournal(object evt, string manifest) => EventSequence.Single(evt);
    }
}
