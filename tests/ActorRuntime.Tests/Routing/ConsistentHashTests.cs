using System.Text;
using ActorRuntime.Routing;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Tests.Routing;

[Trait("Requirement", "AR-1")]
public sealed class ConsistentHashTests
{
    private const int Keys = 10_000;

    [Fact]
    public void The_order_of_the_nodes_changes_nothing()
    {
        var (one, other) = (Ring(["a", "b", "c"]), Ring(["c", "a", "b"]));
        Assert.All(Enumerable.Range(0, 1000), key => Assert.Equal(one.NodeFor(Hash(key)), other.NodeFor(Hash(key))));
    }

    [Fact]
    public void Nodes_that_want_the_same_places_share_them_by_name_whatever_their_order()
    {
        var (one, other) = NamesOfOneHash();
        Assert.Equal(Ring([one, other], 1).NodeFor(1), Ring([other, one], 1).NodeFor(1));
    }

    [Fact]
    public void A_node_that_goes_moves_only_its_own_keys_and_one_that_comes_takes_only_what_it_gets()
    {
        string[] nodes = ["a", "b", "c", "d", "e"];
        var (before, after) = (Ring(nodes), Ring(nodes[..4]));
        var moved = 0;
        for (var key = 0; key < Keys; key++)
        {
            var (old, now) = (before.NodeFor(Hash(key)), after.NodeFor(Hash(key)));
            if (old == now) continue;
            moved++;
            Assert.Equal("e", old);
        }

        Assert.InRange(moved, 1, Keys / 2);
    }

    [Fact]
    public void Many_places_spread_the_keys_over_all_nodes()
    {
        var ring = Ring([.. Enumerable.Range(0, 10).Select(i => $"node{i}")], 100);
        var shares = Enumerable.Range(0, Keys).CountBy(key => ring.NodeFor(Hash(key))).ToArray();
        Assert.Equal(10, shares.Length);
        Assert.All(shares, share => Assert.InRange(share.Value, Keys / 20, Keys / 5));
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void Every_hash_has_a_node(int hash) => Assert.Contains(Ring(["a", "b"], 1).NodeFor(hash), (string[])["a", "b"]);

    [Fact]
    public void A_ring_without_nodes_says_so()
    {
        Assert.True(Ring([]).IsEmpty);
        Assert.Throws<InvalidOperationException>(() => Ring([]).NodeFor(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ring(["a"], 0));
    }

    [Theory]
    [InlineData("", 0u)]
    [InlineData("test", 0xBA6BD213u)]
    [InlineData("Hello, world!", 0xC0363E43u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x2E4FF723u)]
    public void The_hash_is_that_of_the_published_test_vectors(string text, uint expected) =>
        Assert.Equal((int)expected, MurmurHash.ByteHash(Encoding.ASCII.GetBytes(text)));

    private static (string One, string Other) NamesOfOneHash()
    {
        var seen = new Dictionary<int, string>();
        for (var i = 0; ; i++)
        {
            var name = $"n{i}";
            if (!seen.TryAdd(MurmurHash.StringHash(name), name)) return (seen[MurmurHash.StringHash(name)], name);
        }
    }

    private static ConsistentHash<string> Ring(string[] nodes, int factor = 10) => new(nodes, name => name, factor);

    private static int Hash(int key) => MurmurHash.StringHash("key " + key);
}
