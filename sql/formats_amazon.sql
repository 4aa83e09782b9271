-- formats_amazon.sql: the column names of Amazon's reports in other languages, and the words in them. The reports of a marketplace keep their columns;
-- what they are called follows the language of the seller's account. Built from a description.

CREATE TEMPORARY TABLE amazon_name (english text PRIMARY KEY, names text[] NOT NULL) ON COMMIT DROP;
INSERT INTO amazon_name VALUES
('settlement-id', '{id de liquidación, identificador de liquidación, número de liquidación, id del pago, identificador de pago, Abrechnungsnummer, Abrechnungs-ID, numéro de versement, id de règlement, numéro de règlement, numero pagamento, id liquidazione, numero liquidazione, 決済番号}'),
('settlement-start-date', '{fecha de inicio de la liquidación, fecha de inicio de liquidación, fecha inicio liquidación, inicio de la liquidación, Startdatum der Abrechnung, Abrechnungsbeginn, date de début du règlement, date de début de versement, data inizio liquidazione, data di inizio della liquidazione, 決済開始日}'),
('settlement-end-date', '{fecha de fin de la liquidación, fecha de finalización de la liquidación, fecha de fin de liquidación, fecha fin liquidación, fin de la liquidación, Enddatum der Abrechnung, Abrechnungsende, date de fin du règlement, date de fin de versement, data fine liquidazione, data di fine della liquidazione, 決済終了日}'),
('deposit-date', '{fecha de depósito, fecha del depósito, fecha de ingreso, fecha de pago, Einzahlungsdatum, Überweisungsdatum, date de dépôt, date du dépôt, data di deposito, data deposito, 振込日}'),
('total-amount', '{importe total, cantidad total, total, Gesamtbetrag, montant total, importo totale, 合計金額}'),
('currency', '{moneda, divisa, Währung, Waehrung, devise, monnaie, valuta, 通貨}'),
('transaction-type', '{tipo de transacción, tipo transacción, Transaktionstyp, Art der Transaktion, Transaktionsart, type de transaction, tipo di transazione, tipo transazione, トランザクションの種類}'),
('order-id', '{id de pedido, id del pedido, identificador de pedido, identificador del pedido, número de pedido, número del pedido, n.º de pedido, pedido, Bestellnummer, Bestell-ID, numéro de commande, numéro de la commande, id de commande, numero ordine, numero dell''ordine, id ordine, 注文番号}'),
('merchant-order-id', '{id de pedido del vendedor, id del pedido del vendedor, número de pedido del vendedor, id de pedido del comerciante, id pedido comerciante, Händler-Bestellnummer, Bestellnummer des Händlers, numéro de commande du vendeur, numero ordine del venditore, 出品者注文番号}'),
('adjustment-id', '{id de ajuste, id del ajuste, identificador de ajuste, Anpassungs-ID, id d''ajustement, id rettifica, 調整番号}'),
('shipment-id', '{id de envío, id del envío, identificador de envío, Versand-ID, Sendungsnummer, id d''expédition, id spedizione, 出荷番号}'),
('marketplace-name', '{nombre del marketplace, nombre de marketplace, nombre del mercado, nombre de la web, sitio web, mercado, marketplace, Marketplace-Name, Marktplatz, nom du marketplace, nome del marketplace, マーケットプレイス名}'),
('amount-type', '{tipo de importe, tipo importe, tipo de cantidad, tipo del importe, Betragstyp, Art des Betrags, type de montant, tipo di importo, tipo importo, 金額の種類}'),
('amount-description', '{descripción del importe, descripción de importe, descripción importe, descripción de la cantidad, Betragsbeschreibung, Beschreibung des Betrags, description du montant, descrizione importo, descrizione dell''importo, 金額の説明}'),
('amount', '{importe, cantidad monetaria, Betrag, montant, importo, 金額}'),
('fulfillment-id', '{id de gestión logística, id de logística, gestión logística, id de cumplimiento, Versand durch, Fulfillment-ID, Fulfilment-ID, id de traitement, id gestione, フルフィルメント}'),
('posted-date', '{fecha de contabilización, fecha de publicación, fecha de registro, fecha contable, fecha publicada, Buchungsdatum, Datum der Buchung, date de publication, date d''enregistrement, data di pubblicazione, data di registrazione, 転記日}'),
('posted-date-time', '{fecha y hora de contabilización, fecha y hora de publicación, fecha y hora de registro, fecha hora publicación, Buchungsdatum und -uhrzeit, Datum und Uhrzeit der Buchung, date et heure de publication, data e ora di pubblicazione, 転記日時}'),
('order-item-code', '{código del artículo del pedido, código de artículo de pedido, código artículo pedido, código del producto del pedido, Bestellartikelcode, code de l''article de la commande, codice articolo ordine, 注文商品コード}'),
('merchant-order-item-id', '{id de artículo de pedido del vendedor, id del artículo del pedido del vendedor, Artikel-ID des Händlers, id d''article de commande du vendeur, id articolo ordine venditore}'),
('merchant-adjustment-item-id', '{id de artículo de ajuste del vendedor, id del artículo de ajuste del vendedor, id d''article d''ajustement du vendeur, id articolo rettifica venditore}'),
('sku', '{sku del vendedor, sku vendedor, referencia, SKU des Verkäufers, sku du vendeur, sku venditore, 出品者SKU}'),
('quantity-purchased', '{cantidad comprada, cantidad adquirida, unidades compradas, gekaufte Menge, Menge, quantité achetée, quantità acquistata, 購入数}'),
('promotion-id', '{id de promoción, id de la promoción, identificador de promoción, Aktions-ID, id de promotion, id promozione, プロモーションID}'),
('shipment-fee-type', '{tipo de tarifa de envío, tipo tarifa envío, tipo de comisión de envío, tipo de tarifa del envío, Art der Versandgebühr, type de frais d''expédition, tipo tariffa spedizione}'),
('shipment-fee-amount', '{importe de tarifa de envío, importe de la tarifa de envío, importe tarifa envío, importe de comisión de envío, Betrag der Versandgebühr, montant des frais d''expédition, importo tariffa spedizione}'),
('order-fee-type', '{tipo de tarifa de pedido, tipo de tarifa del pedido, tipo tarifa pedido, tipo de comisión de pedido, Art der Bestellgebühr, type de frais de commande, tipo tariffa ordine}'),
('order-fee-amount', '{importe de tarifa de pedido, importe de la tarifa de pedido, importe de la tarifa del pedido, importe tarifa pedido, importe de comisión de pedido, Betrag der Bestellgebühr, montant des frais de commande, importo tariffa ordine}'),
('price-type', '{tipo de precio, tipo precio, tipo del precio, Preistyp, Art des Preises, type de prix, tipo di prezzo, tipo prezzo}'),
('price-amount', '{importe de precio, importe del precio, importe precio, precio importe, Preisbetrag, Betrag des Preises, montant du prix, importo prezzo, importo del prezzo}'),
('item-related-fee-type', '{tipo de tarifa relacionada con el artículo, tipo de tarifa relacionada con el producto, tipo tarifa relacionada con artículo, tipo de tarifa de artículo, tipo de tarifa del artículo, tipo de comisión relacionada con el artículo, Art der artikelbezogenen Gebühr, type de frais liés à l''article, tipo tariffa relativa all''articolo}'),
('item-related-fee-amount', '{importe de tarifa relacionada con el artículo, importe de la tarifa relacionada con el artículo, importe de tarifa relacionada con el producto, importe tarifa relacionada con artículo, importe de tarifa de artículo, importe de la tarifa del artículo, importe de comisión relacionada con el artículo, Betrag der artikelbezogenen Gebühr, montant des frais liés à l''article, importo tariffa relativa all''articolo}'),
('misc-fee-amount', '{importe de tarifas varias, importe de tarifas diversas, importe de otras tarifas varias, importe tarifas varias, importe de comisiones varias, importe de tarifa varia, Betrag sonstiger Gebühren, montant des frais divers, importo tariffe varie}'),
('other-fee-amount', '{importe de otras tarifas, importe otras tarifas, importe de otra tarifa, importe de otras comisiones, Betrag anderer Gebühren, montant des autres frais, importo altre tariffe}'),
('other-fee-reason-description', '{descripción del motivo de otras tarifas, descripción del motivo de otra tarifa, descripción motivo otras tarifas, descripción de la razón de otras tarifas, Grund anderer Gebühren, description du motif des autres frais, descrizione motivo altre tariffe}'),
('promotion-type', '{tipo de promoción, tipo promoción, Aktionstyp, type de promotion, tipo di promozione, tipo promozione}'),
('promotion-amount', '{importe de promoción, importe de la promoción, importe promoción, Aktionsbetrag, montant de la promotion, importo promozione}'),
('direct-payment-type', '{tipo de pago directo, tipo pago directo, Art der Direktzahlung, type de paiement direct, tipo di pagamento diretto}'),
('direct-payment-amount', '{importe de pago directo, importe del pago directo, importe pago directo, Betrag der Direktzahlung, montant du paiement direct, importo pagamento diretto}'),
('other-amount', '{otro importe, otros importes, importe otros, importe de otros, otra cantidad, anderer Betrag, autre montant, altro importo}'),
-- orders
('amazon-order-id', '{id de pedido de amazon, id del pedido de amazon, número de pedido de amazon, id pedido amazon, identificador de pedido de amazon, Amazon-Bestellnummer, numéro de commande amazon, id de commande amazon, numero ordine amazon, id ordine amazon, Amazon注文番号}'),
('purchase-date', '{fecha de compra, fecha de la compra, fecha compra, Kaufdatum, Bestelldatum, date d''achat, data di acquisto, data acquisto, 購入日}'),
('last-updated-date', '{fecha de última actualización, fecha de la última actualización, última actualización, letzte Aktualisierung, date de dernière mise à jour, data ultimo aggiornamento}'),
('order-status', '{estado del pedido, estado de pedido, estado pedido, Bestellstatus, état de la commande, statut de la commande, stato ordine, stato dell''ordine, 注文ステータス}'),
('fulfillment-channel', '{canal de gestión logística, canal de logística, canal logístico, canal de cumplimiento, Versandkanal, canal de traitement, canale di gestione}'),
('sales-channel', '{canal de ventas, canal de venta, Vertriebskanal, Verkaufskanal, canal de vente, canale di vendita}'),
('order-channel', '{canal de pedido, canal del pedido, canal de pedidos, Bestellkanal, canal de commande, canale ordine}'),
('ship-service-level', '{nivel de servicio de envío, nivel del servicio de envío, Versandart, niveau de service d''expédition, livello servizio di spedizione}'),
('product-name', '{nombre del producto, nombre de producto, nombre producto, título, título del producto, Produktname, Artikelname, nom du produit, nome prodotto, nome del prodotto, 商品名}'),
('item-status', '{estado del artículo, estado de artículo, estado artículo, estado del producto, Artikelstatus, statut de l''article, état de l''article, stato articolo, stato dell''articolo}'),
('quantity', '{cantidad, unidades, Menge, Anzahl, quantité, quantità, 数量}'),
('item-price', '{precio del artículo, precio de artículo, precio artículo, precio del producto, Artikelpreis, prix de l''article, prezzo articolo, prezzo dell''articolo, 商品価格}'),
('item-tax', '{impuesto del artículo, impuestos del artículo, impuesto de artículo, impuesto artículo, impuesto sobre el artículo, impuesto del producto, Artikelsteuer, taxe sur l''article, taxe de l''article, imposta articolo, imposta sull''articolo, 商品税}'),
('shipping-price', '{precio de envío, precio del envío, precio envío, gastos de envío, coste de envío, Versandkosten, Versandpreis, prix de livraison, frais d''expédition, prix d''expédition, prezzo spedizione, costo spedizione, 配送料}'),
('shipping-tax', '{impuesto de envío, impuesto del envío, impuestos de envío, impuesto envío, impuesto sobre el envío, Versandsteuer, Steuer auf Versand, taxe d''expédition, taxe de livraison, imposta spedizione, 配送料税}'),
('gift-wrap-price', '{precio de envoltorio para regalo, precio del envoltorio para regalo, precio de envoltorio de regalo, precio del envoltorio de regalo, precio envoltorio regalo, precio del papel de regalo, Preis der Geschenkverpackung, Geschenkverpackungspreis, prix de l''emballage cadeau, prezzo confezione regalo}'),
('gift-wrap-tax', '{impuesto de envoltorio para regalo, impuesto del envoltorio para regalo, impuesto de envoltorio de regalo, impuesto del envoltorio de regalo, impuesto envoltorio regalo, impuesto del papel de regalo, Steuer auf Geschenkverpackung, taxe sur l''emballage cadeau, imposta confezione regalo}'),
('item-promotion-discount', '{descuento de promoción del artículo, descuento por promoción del artículo, descuento promocional del artículo, descuento promoción artículo, descuento de promoción de artículo, Artikel-Aktionsrabatt, remise promotionnelle sur l''article, sconto promozionale articolo}'),
('ship-promotion-discount', '{descuento de promoción de envío, descuento de promoción del envío, descuento por promoción de envío, descuento promocional de envío, descuento promocional del envío, descuento promoción envío, Versand-Aktionsrabatt, remise promotionnelle sur l''expédition, sconto promozionale spedizione}'),
-- returns and reimbursements
('return-date', '{fecha de devolución, fecha de la devolución, fecha devolución, Rückgabedatum, Retourendatum, Rücksendedatum, date de retour, data di reso, data reso, data del reso, 返品日}'),
('fulfillment-center-id', '{id del centro logístico, id de centro logístico, id del centro de distribución, centro logístico, Versandzentrum, Versandzentrum-ID, id du centre de distribution, id centro logistico, フルフィルメントセンターID}'),
('detailed-disposition', '{disposición detallada, disposición, disposición del artículo, estado detallado, detaillierte Disposition, Detaillierter Zustand, disposition détaillée, disposizione dettagliata, 詳細な状態}'),
('reason', '{motivo, motivo de la devolución, motivo de devolución, razón, Grund, Rückgabegrund, motif, raison, causale, 理由}'),
('status', '{estado, situación, Status, statut, stato, ステータス}'),
('license-plate-number', '{número de matrícula, matrícula, número de placa, lpn, número lpn, Kennzeichennummer, numéro de plaque, numero di targa}'),
('customer-comments', '{comentarios del cliente, comentarios de cliente, comentarios de los clientes, Kundenkommentare, commentaires du client, commenti del cliente, 顧客コメント}'),
('approval-date', '{fecha de aprobación, fecha aprobación, Genehmigungsdatum, date d''approbation, data di approvazione, 承認日}'),
('reimbursement-id', '{id de reembolso, id del reembolso, identificador de reembolso, número de reembolso, Erstattungs-ID, Erstattungsnummer, id de remboursement, numéro de remboursement, id rimborso, 払い戻しID}'),
('case-id', '{id de caso, id del caso, número de caso, identificador de caso, Fall-ID, id de dossier, id caso, ケースID}'),
('condition', '{condición, condición del artículo, estado del inventario, Zustand, état, condizione, コンディション}'),
('currency-unit', '{unidad monetaria, unidad de moneda, moneda, divisa, Währungseinheit, Währung, unité monétaire, devise, unità monetaria, valuta, 通貨単位}'),
('amount-per-unit', '{importe por unidad, cantidad por unidad, importe unitario, Betrag pro Einheit, montant par unité, importo per unità, 単価}'),
('amount-total', '{importe total, cantidad total, total, Gesamtbetrag, montant total, importo totale, 合計金額}'),
('quantity-reimbursed-cash', '{cantidad reembolsada en efectivo, cantidad reembolsada efectivo, erstattete Menge Geld, quantité remboursée en espèces, quantità rimborsata in contanti}'),
('quantity-reimbursed-inventory', '{cantidad reembolsada en inventario, cantidad reembolsada de inventario, cantidad reembolsada inventario, erstattete Menge Lagerbestand, quantité remboursée en stock, quantità rimborsata in inventario}'),
('quantity-reimbursed-total', '{cantidad total reembolsada, cantidad reembolsada total, total de cantidad reembolsada, erstattete Menge gesamt, quantité totale remboursée, quantità totale rimborsata}'),
-- inventory ledger
('Date and Time', '{fecha y hora, Datum und Uhrzeit, date et heure, data e ora, 日時}'),
('Date', '{fecha, Datum, data, 日付}'),
('Event Type', '{tipo de evento, Ereignistyp, type d''événement, tipo di evento, イベントの種類}'),
('Reference ID', '{id de referencia, Referenz-ID, id de référence, id riferimento, 参照ID}'),
('Fulfillment Center', '{centro logístico, centro de distribución, Versandzentrum, centre de distribution, centro logistico, フルフィルメントセンター}'),
('Disposition', '{disposición, Disposition, disposizione, 状態}'),
('MSKU', '{sku del vendedor, sku, SKU des Händlers, sku du vendeur, sku venditore, 出品者SKU}');

-- Articles are left out as often as not.
CREATE FUNCTION pg_temp.without_articles(name text) RETURNS text LANGUAGE sql AS
    $$ SELECT trim(regexp_replace(regexp_replace(name, '\m(de la|de los|del|de|la|el|los|las|y|por|para|con|sobre|en|der|die|das|des|du|di|et|und|e)\M\.?', ' ', 'g'), ' +', ' ', 'g')) $$;

UPDATE reconcile.format AS f SET mapping = jsonb_set(f.mapping, '{header}', coalesce(f.mapping -> 'header', '[]') || n.names)
FROM (SELECT f.name, jsonb_agg(to_jsonb(ARRAY[w.english] || w.all_names) ORDER BY w.english) AS names
      FROM reconcile.format AS f
      JOIN (SELECT a.english, array_agg(DISTINCT x.name) AS all_names
            FROM amazon_name AS a, unnest(a.names) AS y (name), LATERAL (VALUES (y.name), (pg_temp.without_articles(y.name))) AS x (name)
            GROUP BY a.english) AS w ON f.mapping::text LIKE '%"' || w.english || '"%'
      WHERE f.name IN ('amazon_settlement_v1', 'amazon_settlement_v2', 'amazon_orders', 'amazon_returns', 'amazon_reimbursements', 'amazon_inventory_ledger')
      GROUP BY f.name) AS n
WHERE f.name = n.name;
DROP FUNCTION pg_temp.without_articles(text);
DROP TABLE amazon_name;

-- The words for types; a word that is none of them stays other, with the platform's own type kept.
UPDATE reconcile.format AS f
   SET mapping = jsonb_set(f.mapping, '{lines,0,kind,map}', f.mapping #> '{lines,0,kind,map}' || $json$
{"Pedido/Principal": "sale", "Pedido/Precio*": "sale", "Pedido/Envoltorio*": "sale", "Pedido/Env*": "shipping", "Reembolso/*": "refund", "Devolución/*": "refund", "Ajuste*/*": "adjustment",
 "Bestellung/Hauptbetrag": "sale", "Bestellung/Principal": "sale", "Bestellung/Versand*": "shipping", "Erstattung/*": "refund", "Rückerstattung/*": "refund", "Anpassung*/*": "adjustment",
 "Commande/Principal": "sale", "Commande/Expédition*": "shipping", "Remboursement/*": "refund", "Ajustement*/*": "adjustment",
 "Ordine/Principal*": "sale", "Ordine/Spedizione*": "shipping", "Rimborso/*": "refund", "Rettifica*/*": "adjustment",
 "注文/*": "sale", "注文/配送料": "shipping", "返金/*": "refund", "調整*/*": "adjustment",
 "*/*Impuesto*": "tax", "*/*IVA*": "tax", "*/*Steuer*": "tax", "*/*Taxe*": "tax", "*/*Imposta*": "tax", "*/*税*": "tax"}$json$)
 WHERE f.name = 'amazon_settlement_v1';
UPDATE reconcile.format AS f
   SET mapping = jsonb_set(f.mapping, '{lines,1,kind,map}', f.mapping #> '{lines,1,kind,map}' || $json$
{"*Comisión*": "commission", "*comisión*": "commission", "*Verkaufsgebühr*": "commission", "*Provision*": "commission", "*Provvigione*": "commission", "*Commissione*": "commission", "*手数料*": "commission",
 "*Impuesto*": "tax", "*Steuer*": "tax", "*Imposta*": "tax", "Envío*": "shipping_fee", "Versand*": "shipping_fee", "Spedizione*": "shipping_fee"}$json$)
 WHERE f.name = 'amazon_settlement_v1';
UPDATE reconcile.format AS f
   SET mapping = jsonb_set(f.mapping, '{fields,kind,map}', f.mapping #> '{fields,kind,map}' || $json$
{"Pedido/*/Principal": "sale", "Pedido/*/Precio*": "sale", "Pedido/*/Env*": "shipping", "Pedido/Promoción/*": "discount", "Reembolso/Promoción/*": "discount", "Reembolso/*": "refund", "*/*/*Impuesto*": "tax",
 "*/*/*Comisión*": "commission", "*/Tarifa*": "service_fee", "Tarifa*/*": "service_fee", "Transferencia/*": "payout", "Ajuste*": "adjustment",
 "Bestellung/*/Hauptbetrag": "sale", "Bestellung/*/Principal": "sale", "Bestellung/*/Versand*": "shipping", "Erstattung/*": "refund", "*/*/*Steuer*": "tax", "*/*/*Provision*": "commission",
 "*/*gebühren/*": "service_fee", "Überweisung/*": "payout", "Anpassung*": "adjustment",
 "Commande/*/Principal": "sale", "Commande/*/Expédition*": "shipping", "Remboursement/*": "refund", "*/*/*Taxe*": "tax", "*/Frais*": "service_fee", "Transfert/*": "payout", "Ajustement*": "adjustment",
 "Ordine/*/Principal*": "sale", "Ordine/*/Spedizione*": "shipping", "Rimborso/*": "refund", "*/*/*Imposta*": "tax", "*/Tariff*": "service_fee", "Trasferimento/*": "payout", "Rettifica*": "adjustment"}$json$)
 WHERE f.name = 'amazon_settlement_v2';
UPDATE reconcile.format AS f
   SET mapping = jsonb_set(f.mapping, '{skip}', $json$[{"order-status": ["Cancelled", "Canceled", "Cancelado", "Storniert", "Annulée", "Annullato", "キャンセル済み"]},
       {"item-price": ["", "0", "0.0", "0.00"], "item-status": ["Cancelled", "Canceled", "Cancelado", "Storniert", "Annulée", "Annullato"]}]$json$)
 WHERE f.name = 'amazon_orders';
UPDATE reconcile.format AS f
   SET mapping = jsonb_set(f.mapping, '{fields,kind,map}', f.mapping #> '{fields,kind,map}' || $json$
{"Envíos": "shipment", "Devoluciones de clientes": "return", "Recepciones": "purchase", "Ajustes": "adjustment", "Transferencias*": "transfer"}$json$)
 WHERE f.name = 'amazon_inventory_ledger';
